#include "platform/runtime/build_info.h"

#include "platform/base/strings.h"
#include "platform/runtime/revision.h"

namespace rapport::runtime {

BuildInfo ThisBuild() {
  return {.version = RAPPORT_VERSION, .revision = RAPPORT_REVISION, .compiler = RAPPORT_COMPILER};
}

std::string VersionLine(std::string_view service) {
  const BuildInfo build = ThisBuild();
  return Concat({"rapport-", service, " ", build.version.text(), " (", build.revision.text(), ", ",
                 build.compiler.text(), ")"});
}

}  // namespace rapport::runtime
