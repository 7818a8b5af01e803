#include "channelbridge/hub/merge.hpp"

namespace channelbridge::hub {

std::string_view to_string(ConflictReason reason) {
  switch (reason) {
    case ConflictReason::Manual:
      return "manual";
    case ConflictReason::FirstContact:
      return "first_contact";
    case ConflictReason::Rewritten:
      return "rewritten";
    case ConflictReason::CannotTell:
      return "cannot_tell";
    case ConflictReason::Locked:
      return "locked";
    case ConflictReason::DoesNotAddUp:
      return "does_not_add_up";
    case ConflictReason::StateJump:
      return "state_jump";
  }
  return "";
}

std::string_view to_string(Admission admission) {
  switch (admission) {
    case Admission::Merge:
      return "merge";
    case Admission::Last:
      return "last";
    case Admission::Known:
      return "known";
    case Admission::Older:
      return "older";
    case Admission::ReadByKey:
      return "read_by_key";
    case Admission::Deleted:
      return "deleted";
    case Admission::Secondary:
      return "secondary";
  }
  return "";
}

std::string_view to_string(GroupOutcome outcome) {
  switch (outcome) {
    case GroupOutcome::Unchanged:
      return "unchanged";
    case GroupOutcome::Agreed:
      return "agreed";
    case GroupOutcome::Taken:
      return "taken";
    case GroupOutcome::Overruled:
      return "overruled";
    case GroupOutcome::Normalised:
      return "normalised";
    case GroupOutcome::Outdated:
      return "outdated";
    case GroupOutcome::Conflict:
      return "conflict";
  }
  return "";
}

std::string_view to_string(Because because) {
  switch (because) {
    case Because::Same:
      return "same";
    case Because::Empty:
      return "empty";
    case Because::NoValueYet:
      return "no_value_yet";
    case Because::OnlySystemChanged:
      return "only_system_changed";
    case Because::Authority:
      return "authority";
    case Because::Preferred:
      return "preferred";
    case Because::Latest:
      return "latest";
    case Because::FirstContact:
      return "first_contact";
    case Because::Manual:
      return "manual";
    case Because::Evidence:
      return "evidence";
    case Because::Rewritten:
      return "rewritten";
    case Because::CannotTell:
      return "cannot_tell";
    case Because::Locked:
      return "locked";
    case Because::DoesNotAddUp:
      return "does_not_add_up";
  }
  return "";
}

std::string_view to_string(NoWrite reason) {
  switch (reason) {
    case NoWrite::AtPosition:
      return "at_position";
    case NoWrite::Nothing:
      return "nothing";
    case NoWrite::NotYet:
      return "not_yet";
    case NoWrite::WaitsForLook:
      return "waits_for_look";
    case NoWrite::Closed:
      return "closed";
    case NoWrite::Secondary:
      return "secondary";
  }
  return "";
}

std::string_view to_string(Withheld reason) {
  switch (reason) {
    case Withheld::Same:
      return "same";
    case Withheld::NoValue:
      return "no_value";
    case Withheld::ReadOnly:
      return "read_only";
    case Withheld::InConflict:
      return "in_conflict";
    case Withheld::Constant:
      return "constant";
  }
  return "";
}

std::string_view to_string(Fate fate) {
  switch (fate) {
    case Fate::Landed:
      return "landed";
    case Fate::Absent:
      return "absent";
    case Fate::Gone:
      return "gone";
    case Fate::CannotTell:
      return "cannot_tell";
  }
  return "";
}

}  // namespace channelbridge::hub
