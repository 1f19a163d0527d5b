// Messages to gRPC's byte buffers and back. Every caller is in rpc/.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>
#include <string_view>

namespace rapport::rpc {

// False: the bytes are not such a message.
bool ParseInto(const grpc::ByteBuffer& bytes, google::protobuf::Message* message);
grpc::ByteBuffer Serialise(const google::protobuf::MessageLite& message);
grpc::ByteBuffer ToBuffer(std::string_view bytes);
// Not copied: the buffer keeps `bytes`, which is not null, until gRPC has sent them.
grpc::ByteBuffer Share(std::shared_ptr<const std::string> bytes);
// SHA-256 of the bytes, 32 bytes.
std::string Sha256Of(const grpc::ByteBuffer& bytes);

}  // namespace rapport::rpc
