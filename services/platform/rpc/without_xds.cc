// gRPC without xDS, in every program of ours: a control plane's protocol that no service of the
// suite speaks, two and a half million bytes of each program, and targets ("xds:", "google-c2p:")
// that nobody may be led to. gRPC registers it by one function, in an object of its own that the
// linker takes only where nobody else defines that function; a build of gRPC with grpc_no_xds does
// the same. Its header is not installed, so the declarations are gRPC 1.51's again.
namespace grpc_core {

class CoreConfiguration {
 public:
  class Builder;
};

void RegisterExtraFilters(CoreConfiguration::Builder* builder);
void RegisterExtraFilters(CoreConfiguration::Builder*) {}

}  // namespace grpc_core
