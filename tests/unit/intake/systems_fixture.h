// A family with a member and a helper who has an account.
#pragma once

#include "unit/intake/intake_fixture.h"

#include <string>

namespace rapport::intake {

class SystemsServiceTest : public IntakeTest {
 protected:
  const std::string family_ = NewFamily().name();
  const std::string mother_ = NewMember(family_, "Mira Example", 1990).name();
  const v1::Professional anna_ = NewProfessional("Anna Sample", "anna");
  const v1::Helper helper_ = Join(family_, anna_.name());
};

}  // namespace rapport::intake
