#include "platform/rpc/wire.h"

#include "platform/crypto/digest.h"

#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>

#include <utility>
#include <vector>

namespace rapport::rpc {

bool ParseInto(const grpc::ByteBuffer& bytes, google::protobuf::Message* message) {
  grpc::Slice slice;
  if (bytes.TrySingleSlice(&slice).ok()) {  // Nearly always: no stream object, no copy.
    return message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  }
  auto* buffer = const_cast<grpc::ByteBuffer*>(&bytes);
  grpc::ProtoBufferReader reader(buffer);
  return reader.status().ok() && message->ParseFromZeroCopyStream(&reader);
}

grpc::ByteBuffer Serialise(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  grpc::Slice slice(size);
  message.SerializeWithCachedSizesToArray(const_cast<std::uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer ToBuffer(std::string_view bytes) {
  grpc::Slice slice(bytes.data(), bytes.size());
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer Share(std::shared_ptr<const std::string> bytes) {
  using Keeper = std::shared_ptr<const std::string>;
  auto* const keeper = new Keeper(std::move(bytes));
  grpc::Slice slice(
      const_cast<char*>((*keeper)->data()), (*keeper)->size(),
      [](void* self) { delete static_cast<Keeper*>(self); }, keeper);
  return grpc::ByteBuffer(&slice, 1);
}

std::string Sha256Of(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  if (!bytes.TrySingleSlice(&slice).ok() && !bytes.DumpToSingleSlice(&slice).ok()) return {};
  return crypto::Sha256(
      {std::string_view(reinterpret_cast<const char*>(slice.begin()), slice.size())});
}

}  // namespace rapport::rpc
