// Homework that nobody reviewed, through the services that it concerns: goals lets it expire by the
// sessions that notes tells it of, and notes asks goals before it takes a signature.
#include "integration/demo_suite.h"
#include "support/scratch_folder.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace rapport::integration {
namespace {

// Behind the demo's case, with its people and what its sessions are like.
constexpr char kAfterTheDemo[] = R"yaml(
  - as: anna
    run: >-
      rapport homework propose ${family} --terms-what "Mira writes down what went well." --terms-doers Mira
      --terms-when "every evening" --terms-how-we-will-know "The page is full." --terms-rationale "It is soon forgotten."
      --terms-goals '{goal: "${goal}", how: What goes well is done again.}' --terms-due-time 2031-04-27T08:00:00Z
    save: {page: homework.name}
  - {as: mira, run: "rapport homework respond ${page} --responder me --answer accept --terms-revision 1",
     expect: {homework.state: HOMEWORK_STATE_AGREED}}
  - for:
      - {n: 9, day: 2031-04-28, max_says: "${adult_good}", mira_says: "${adult_good}", tom_says: "${adult_good}", lia_says: "${child_good}", mira_was: active, tom_was: active}
      - {n: 10, day: 2031-05-05, max_says: "${adult_good}", mira_says: "${adult_good}", tom_says: "${adult_good}", lia_says: "${child_good}", mira_was: active, tom_was: active}
    steps: *held
  - {as: anna, run: "rapport homework list ${family}", until: homework.state=HOMEWORK_STATE_EXPIRED.name,
     expect: {homework.state=HOMEWORK_STATE_EXPIRED.name: "${page}"}}
  - as: anna
    run: >-
      rapport note create ${session} --format free --sections '{kind: narrative, statements: [{text: A quiet hour.}]}'
    save: {paper: note.name}
  - {as: anna, run: "rapport note sign ${paper}", refused: {reason: HOMEWORK_UNREVIEWED}}
  - {as: anna, run: "rapport note sign ${paper} --code no-time --reason 'Lia was ill, we ended early.'",
     expect: {note.state: NOTE_STATE_LOCKED, note.homework_review_override.reason: "Lia was ill, we ended early."}}
  - {as: anna, run: "rapport homework show ${page}", expect: {homework.state: HOMEWORK_STATE_EXPIRED}}
)yaml";

class ExpiredHomework : public DemoSuite {};

TEST_F(ExpiredHomework, ThatNobodyReviewedHoldsUpTheSignatureUntilAReasonIsGiven) {
  std::ifstream demo(std::string(std::getenv("RAPPORT_SOURCE")) + "/deploy/local/demo_case.yaml");
  const ScratchFolder folder;
  std::ofstream(folder / "story.yaml")
      << std::string(std::istreambuf_iterator<char>(demo), {}) << kAfterTheDemo;
  suite_.StartAll();
  // Each step says what has to come of it; the first that goes otherwise fails the program.
  ASSERT_NO_THROW(suite_.PlayStory(folder / "story.yaml"));
}

}  // namespace
}  // namespace rapport::integration
