#include "intake/relationship_rules.h"

#include "intake/person_rules.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace rapport::intake {
namespace {

int DayNumber(const type::v1::Date& date) {
  return date.year() * 10'000 + date.month() * 100 + date.day();
}

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + "\"";
}

// How genograms draw it: double for close, dotted for distant, zigzag stands as red dashes.
std::string StyleOf(const v1::FamilyGraph::Edge& edge) {
  switch (edge.kind()) {
    case v1::RELATIONSHIP_KIND_COUPLE:
      return edge.couple_status() == v1::COUPLE_STATUS_SEPARATED ||
                     edge.couple_status() == v1::COUPLE_STATUS_DIVORCED
                 ? "dir=none, style=dashed, penwidth=2"
                 : "dir=none, penwidth=2";
    case v1::RELATIONSHIP_KIND_BOND:
      switch (edge.bond_quality()) {
        case v1::BOND_QUALITY_CLOSE:
        case v1::BOND_QUALITY_CAREGIVING:
          return "color=\"black:black\", constraint=false";
        case v1::BOND_QUALITY_FUSED:
          return "color=\"black:black:black\", constraint=false";
        case v1::BOND_QUALITY_DISTANT:
          return "style=dotted, constraint=false";
        case v1::BOND_QUALITY_CUT_OFF:
          return "style=dotted, arrowhead=tee, constraint=false";
        default:
          return "style=dashed, color=red, constraint=false";
      }
    case v1::RELATIONSHIP_KIND_ADOPTIVE_PARENT:
    case v1::RELATIONSHIP_KIND_FOSTER_PARENT:
    case v1::RELATIONSHIP_KIND_STEP_PARENT:
    case v1::RELATIONSHIP_KIND_GUARDIAN:
      return "style=dashed";
    default:
      return edge.undirected() ? "dir=none, constraint=false" : "";
  }
}

// "BOND_QUALITY_CUT_OFF" without its prefix, as words: "cut off".
std::string Words(const std::string& name, std::string_view prefix) {
  std::string text = name.substr(prefix.size());
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c == '_' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return text;
}

// Of a parent or guardian: what kind, if not by birth, and the custody.
std::string ParentLabel(const v1::FamilyGraph::Edge& edge) {
  std::string label;
  switch (edge.kind()) {
    case v1::RELATIONSHIP_KIND_ADOPTIVE_PARENT:
      label = "adoptive";
      break;
    case v1::RELATIONSHIP_KIND_FOSTER_PARENT:
      label = "foster";
      break;
    case v1::RELATIONSHIP_KIND_STEP_PARENT:
      label = "step";
      break;
    case v1::RELATIONSHIP_KIND_GUARDIAN:
      label = "guardian";
      break;
    default:
      break;
  }
  std::string_view custody;
  switch (edge.custody()) {
    case v1::CUSTODY_SOLE:
      custody = "sole custody";
      break;
    case v1::CUSTODY_JOINT:
      custody = "joint custody";
      break;
    case v1::CUSTODY_VISITS:
      custody = "visits";
      break;
    case v1::CUSTODY_NONE:
      custody = "no custody";
      break;
    default:
      break;
  }
  if (!label.empty() && !custody.empty()) label += ", ";
  return label.append(custody);
}

// What stands beside a line, besides how it is drawn: "married 2010", "step, joint custody".
std::string LabelOf(const v1::FamilyGraph::Edge& edge) {
  std::string label;
  if (edge.kind() == v1::RELATIONSHIP_KIND_COUPLE) {
    label = Words(v1::CoupleStatus_Name(edge.couple_status()), "COUPLE_STATUS_");
    if (edge.start_date().year() != 0) label += " " + std::to_string(edge.start_date().year());
  } else if (edge.kind() == v1::RELATIONSHIP_KIND_BOND) {
    label = Words(v1::BondQuality_Name(edge.bond_quality()), "BOND_QUALITY_");
  } else if (edge.undirected()) {
    label = Words(v1::RelationshipKind_Name(edge.kind()), "RELATIONSHIP_KIND_");
  } else {
    label = ParentLabel(edge);
  }
  return label;
}

void AppendNode(const v1::FamilyGraph::Node& node, std::string& dot) {
  std::string label = node.label();
  if (node.has_age_years()) label += " (" + std::to_string(node.age_years()) + ")";
  if (node.deceased()) label = "† " + label;
  dot += "    " + Quoted(node.member()) + " [label=" + Quoted(label) +
         (node.indirect() ? ", style=dashed" : "") + "];\n";
}

// Households are frames; couples stand side by side.
std::string ToDot(const v1::FamilyGraph& graph) {
  std::string dot =
      "digraph family {\n  graph [fontname=\"Helvetica\", newrank=true, nodesep=0.6, "
      "ranksep=1.3, labeljust=l];\n"
      "  node [shape=box, fontname=\"Helvetica\"];\n"
      "  edge [fontname=\"Helvetica\", fontsize=10];\n";
  std::map<std::string, std::vector<const v1::FamilyGraph::Node*>> households;
  for (const auto& node : graph.nodes()) households[node.household()].push_back(&node);
  int frame = 0;
  for (const auto& [household, nodes] : households) {
    const bool framed = !household.empty();
    if (framed) {
      dot += "  subgraph cluster_" + std::to_string(frame++) +
             " {\n    label=" + Quoted(household) + "; style=rounded; color=gray;\n";
    }
    for (const auto* node : nodes) AppendNode(*node, dot);
    if (framed) dot += "  }\n";
  }
  for (const auto& edge : graph.edges()) {
    const std::string style = StyleOf(edge), label = LabelOf(edge);
    dot += "  " + Quoted(edge.from_member()) + " -> " + Quoted(edge.to_member()) + " [" + style;
    // The spaces keep it off the line.
    if (!label.empty()) dot += (style.empty() ? "label=" : ", label=") + Quoted("  " + label);
    dot += "];\n";
    if (edge.kind() == v1::RELATIONSHIP_KIND_COUPLE) {
      dot += "  { rank=same; " + Quoted(edge.from_member()) + "; " + Quoted(edge.to_member()) +
             "; }\n";
    }
  }
  return dot + "}\n";
}

// Whether a line from parent to minor that lasts has the custody that `wanted` says true of.
template <typename Predicate>
bool AnyLine(const CaseFile& file, std::string_view parent, std::string_view minor,
             std::int64_t at_us, Predicate wanted) {
  return std::ranges::any_of(file.relationships, [&](const v1::Relationship& line) {
    return line.from_member() == parent && line.to_member() == minor &&
           LastsAt(line, at_us, file.rules.zone) && wanted(line);
  });
}

bool SamePair(const v1::Relationship& a, const v1::Relationship& b) {
  const bool same = a.from_member() == b.from_member() && a.to_member() == b.to_member();
  const bool turned = a.from_member() == b.to_member() && a.to_member() == b.from_member();
  return same || (IsUndirected(a.kind()) && turned);
}

}  // namespace

bool LastsAt(const v1::Relationship& line, std::int64_t at_us, const absl::TimeZone& zone) {
  const int day = DayNumber(DayAt(at_us, zone));
  return (!line.has_start_date() || DayNumber(line.start_date()) <= day) &&
         (!line.has_end_date() || day < DayNumber(line.end_date()));
}

bool HasCustodyByLaw(v1::RelationshipKind kind) {
  return kind == v1::RELATIONSHIP_KIND_BIRTH_PARENT ||
         kind == v1::RELATIONSHIP_KIND_ADOPTIVE_PARENT || kind == v1::RELATIONSHIP_KIND_GUARDIAN;
}

bool HasCustody(const CaseFile& file, std::string_view parent, std::string_view minor,
                std::int64_t at_us) {
  return !HasNoCustody(file, parent, minor, at_us) &&
         AnyLine(file, parent, minor, at_us, [](const v1::Relationship& line) {
           return line.custody() == v1::CUSTODY_SOLE || line.custody() == v1::CUSTODY_JOINT ||
                  HasCustodyByLaw(line.kind());
         });
}

bool HasNoCustody(const CaseFile& file, std::string_view parent, std::string_view minor,
                  std::int64_t at_us) {
  return AnyLine(file, parent, minor, at_us, [](const v1::Relationship& line) {
    return line.custody() == v1::CUSTODY_NONE || line.custody() == v1::CUSTODY_VISITS;
  });
}

bool IsUndirected(v1::RelationshipKind kind) {
  return kind >= v1::RELATIONSHIP_KIND_SIBLING && kind <= v1::RELATIONSHIP_KIND_OTHER_KIN;
}

std::vector<std::pair<std::string, std::string>> FaultsOf(const v1::Relationship& line,
                                                          const CaseFile& file) {
  std::vector<std::pair<std::string, std::string>> faults;
  const auto expect = [&](bool holds, const char* field, const char* what) {
    if (!holds) faults.emplace_back(field, what);
  };
  expect(FindMember(file, line.from_member()) != nullptr, "from_member", "a member of this family");
  expect(FindMember(file, line.to_member()) != nullptr, "to_member", "a member of this family");
  expect(line.from_member() != line.to_member(), "to_member", "somebody else");
  expect((line.kind() == v1::RELATIONSHIP_KIND_COUPLE) ==
             (line.couple_status() != v1::COUPLE_STATUS_UNSPECIFIED),
         "couple_status", "for a couple, and for nothing else");
  expect((line.kind() == v1::RELATIONSHIP_KIND_BOND) ==
             (line.bond_quality() != v1::BOND_QUALITY_UNSPECIFIED),
         "bond_quality", "for a bond, and for nothing else");
  const bool parent = line.kind() >= v1::RELATIONSHIP_KIND_BIRTH_PARENT &&
                      line.kind() <= v1::RELATIONSHIP_KIND_GUARDIAN;
  expect(parent || line.custody() == v1::CUSTODY_UNSPECIFIED, "custody",
         "of a parent or guardian, and of nobody else");
  expect(line.custody() != v1::CUSTODY_UNSPECIFIED || line.custody_document().empty(),
         "custody_document", "with custody only");
  return faults;
}

bool SameThing(const v1::Relationship& a, const v1::Relationship& b) {
  return a.kind() == b.kind() && SamePair(a, b);
}

bool IsEndedFrom(const v1::Relationship& known, const type::v1::Date& day) {
  const bool began = !known.has_start_date() || DayNumber(known.start_date()) <= DayNumber(day);
  return began && (!known.has_end_date() || DayNumber(day) < DayNumber(known.end_date()));
}

v1::FamilyGraph GraphAt(const CaseFile& file, std::int64_t at_us) {
  v1::FamilyGraph graph;
  for (const v1::Member& member : file.members) {
    if (!BelongsAt(member, at_us)) continue;
    auto* node = graph.add_nodes();
    node->set_member(member.name());
    node->set_label(member.display_name());
    if (const int age = AgeAt(member, at_us, file.rules.zone); age >= 0) node->set_age_years(age);
    node->set_indirect(!AttendsAt(member, at_us));
    node->set_household(member.household());
    node->set_deceased(member.availability() == v1::MEMBER_AVAILABILITY_DECEASED);
  }
  const auto shown = [&](const std::string& name) {
    for (const auto& node : graph.nodes()) {
      if (node.member() == name) return true;
    }
    return false;
  };
  for (const v1::Relationship& line : file.relationships) {
    if (!LastsAt(line, at_us, file.rules.zone)) continue;
    if (!shown(line.from_member()) || !shown(line.to_member())) continue;
    auto* edge = graph.add_edges();
    edge->set_relationship(line.name());
    edge->set_from_member(line.from_member());
    edge->set_to_member(line.to_member());
    edge->set_kind(line.kind());
    edge->set_couple_status(line.couple_status());
    edge->set_bond_quality(line.bond_quality());
    edge->set_undirected(IsUndirected(line.kind()));
    if (line.has_start_date()) *edge->mutable_start_date() = line.start_date();
    edge->set_custody(line.custody());
  }
  graph.set_dot(ToDot(graph));
  return graph;
}

}  // namespace rapport::intake
