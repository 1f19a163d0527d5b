#include "conformance/refused_field.h"

#include <rapport/options/v1/options.pb.h>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

namespace rapport::conformance {
namespace {

using google::protobuf::Message;
using support::Reply;

constexpr int kInvalidArgument = 3;

// Where a value lies in a batch whose entries are judged each by itself.
struct Row {
  int index;
  std::string path;  // within the entry
};

std::optional<Row> RowOf(const PublicMethod& method, const std::string& path) {
  const std::size_t open = path.find('['), dot = path.find("].");
  if (open == std::string::npos || dot == std::string::npos) return std::nullopt;
  const auto* list = method.descriptor->input_type()->FindFieldByName(path.substr(0, open));
  if (list == nullptr || !list->options().GetExtension(options::v1::rule).each_by_itself()) {
    return std::nullopt;
  }
  return Row{std::stoi(path.substr(open + 1)), path.substr(dot + 2)};
}

// The errors of one entry's outcome: a list, or at most one.
std::vector<const Message*> ErrorsOf(const Message& outcome) {
  const auto& reflection = *outcome.GetReflection();
  std::vector<const Message*> errors;
  if (const auto* one = outcome.GetDescriptor()->FindFieldByName("error")) {
    if (reflection.HasField(outcome, one)) errors.push_back(&reflection.GetMessage(outcome, one));
    return errors;
  }
  const auto* many = outcome.GetDescriptor()->FindFieldByName("errors");
  for (int i = 0; i < reflection.FieldSize(outcome, many); ++i) {
    errors.push_back(&reflection.GetRepeatedMessage(outcome, many, i));
  }
  return errors;
}

void ExpectRowRefused(const PublicMethod& method, const Row& row, const Reply& reply) {
  ASSERT_TRUE(reply.ok()) << reply.Text();
  const std::unique_ptr<Message> response(google::protobuf::MessageFactory::generated_factory()
                                              ->GetPrototype(method.descriptor->output_type())
                                              ->New());
  ASSERT_TRUE(response->ParseFromString(reply.body));
  const auto* outcomes = response->GetDescriptor()->FindFieldByName("outcomes");
  ASSERT_GT(response->GetReflection()->FieldSize(*response, outcomes), row.index);
  const auto& outcome =
      response->GetReflection()->GetRepeatedMessage(*response, outcomes, row.index);
  bool named = false;
  for (const Message* error : ErrorsOf(outcome)) {
    const auto& type = *error->GetDescriptor();
    const auto& reflection = *error->GetReflection();
    EXPECT_EQ(reflection.GetInt32(*error, type.FindFieldByName("code")), kInvalidArgument);
    named |= reflection.GetString(*error, type.FindFieldByName("field")) == row.path;
  }
  EXPECT_TRUE(named) << outcome.ShortDebugString();
}

}  // namespace

void ExpectRefusedAt(const std::string& path, const PublicMethod& method, const Reply& reply) {
  if (const auto row = RowOf(method, path)) return ExpectRowRefused(method, *row, reply);
  EXPECT_EQ(reply.code, kInvalidArgument) << method.name << " " << path << " " << reply.Text();
  EXPECT_TRUE(reply.names(path)) << method.name << " " << path << " " << reply.Text();
}

}  // namespace rapport::conformance
