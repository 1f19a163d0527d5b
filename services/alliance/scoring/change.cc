#include "alliance/scoring/change.h"

namespace rapport::alliance {

double ReliableChangeIndex(double pre, double post, double error_of_difference) {
  return (post - pre) / error_of_difference;
}

double CutoffC(double clinical_mean, double clinical_sd, double functional_mean,
               double functional_sd) {
  return (clinical_sd * functional_mean + functional_sd * clinical_mean) /
         (clinical_sd + functional_sd);
}

Change ClassifyChange(double pre, double post, const ChangeRule& rule) {
  const double sign = rule.higher_better ? 1 : -1;
  Change change;
  change.index = ReliableChangeIndex(pre, post, rule.error_of_difference);
  const double better = sign * change.index;
  bool functional_before = false;
  bool clinical_after = false;
  if (rule.cutoff) {
    change.clinical_before = sign * pre < sign * *rule.cutoff;
    change.functional_after = sign * post > sign * *rule.cutoff;
    functional_before = sign * pre > sign * *rule.cutoff;
    clinical_after = sign * post < sign * *rule.cutoff;
  }
  if (better > rule.critical) {
    change.result = change.clinical_before && change.functional_after ? ChangeClass::kRecovered
                                                                      : ChangeClass::kImproved;
  } else if (better < -rule.critical) {
    change.result =
        functional_before && clinical_after ? ChangeClass::kHarmed : ChangeClass::kDeteriorated;
  }
  return change;
}

}  // namespace rapport::alliance
