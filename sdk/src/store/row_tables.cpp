#include "row_tables_internal.hpp"

namespace channelbridge::store {

template <>
const Table<RecordRow>& table_of<RecordRow>() {
  using R = RecordRow;
  static const Table<R> table{
      "records",
      {column<&R::id, R>("id", true), column<&R::entity, R>("entity"),
       column<&R::version, R>("version"), column<&R::change, R>("change"),
       column<&R::state, R>("state"), column<&R::alias_of, R>("alias_of"),
       column<&R::created, R>("created"), column<&R::updated, R>("updated")}};
  return table;
}

template <>
const Table<VersionRow>& table_of<VersionRow>() {
  using R = VersionRow;
  static const Table<R> table{
      "record_versions",
      {column<&R::position, R>("position", true), column<&R::record, R>("record"),
       column<&R::entity, R>("entity"), column<&R::version, R>("version"), column<&R::at, R>("at"),
       column<&R::run, R>("run"), column<&R::actor, R>("actor"),
       column<&R::changes, R>("changes")}};
  return table;
}

template <>
const Table<LinkRow>& table_of<LinkRow>() {
  using R = LinkRow;
  static const Table<R> table{
      "links",
      {column<&R::spoke, R>("spoke", true), column<&R::key, R>("key", true),
       column<&R::system, R>("system"), column<&R::object, R>("object"),
       column<&R::reference_key, R>("reference_key"), column<&R::entity, R>("entity"),
       column<&R::record, R>("record"), column<&R::state, R>("state"),
       column<&R::elements, R>("elements"), column<&R::last_document, R>("last_document"),
       column<&R::fingerprint, R>("fingerprint"), column<&R::version, R>("version"),
       column<&R::due, R>("due"), column<&R::look_due, R>("look_due"),
       column<&R::closed, R>("closed"), column<&R::secondary, R>("secondary"),
       column<&R::stale, R>("stale")}};
  return table;
}

template <>
const Table<PrimaryLink>& table_of<PrimaryLink>() {
  using R = PrimaryLink;
  static const Table<R> table{
      "links",
      {column<&R::record, R>("record"), column<&R::system, R>("system"),
       column<&R::object, R>("object"), column<&R::entity, R>("entity"), column<&R::key, R>("key"),
       column<&R::reference_key, R>("reference_key")}};
  return table;
}

template <>
const Table<PendingRow>& table_of<PendingRow>() {
  using R = PendingRow;
  static const Table<R> table{
      "pending_references",
      {column<&R::system, R>("system", true), column<&R::object, R>("object", true),
       column<&R::key, R>("key", true), column<&R::record, R>("record", true)}};
  return table;
}

template <>
const Table<MatchKeyRow>& table_of<MatchKeyRow>() {
  using R = MatchKeyRow;
  static const Table<R> table{
      "match_keys",
      {column<&R::entity, R>("entity", true), column<&R::kind, R>("kind", true),
       column<&R::value, R>("value", true), column<&R::record, R>("record", true)}};
  return table;
}

template <>
const Table<SpokeRow>& table_of<SpokeRow>() {
  using R = SpokeRow;
  static const Table<R> table{
      "spokes",
      {column<&R::spoke, R>("spoke", true), column<&R::cursor, R>("cursor"),
       column<&R::position, R>("position"), column<&R::initial_done, R>("initial_done"),
       column<&R::fingerprint, R>("fingerprint"), column<&R::filter, R>("filter"),
       column<&R::accepted, R>("accepted"), column<&R::pulled, R>("pulled"),
       column<&R::at_end, R>("at_end")}};
  return table;
}

template <>
const Table<IntentRow>& table_of<IntentRow>() {
  using R = IntentRow;
  static const Table<R> table{
      "intents",
      {column<&R::id, R>("id", true), column<&R::spoke, R>("spoke"),
       column<&R::record, R>("record"), column<&R::key, R>("key"), column<&R::state, R>("state"),
       column<&R::record_version, R>("record_version"), column<&R::decision, R>("decision"),
       column<&R::request, R>("request"), column<&R::run, R>("run"),
       column<&R::decided, R>("decided"), column<&R::answered, R>("answered"),
       column<&R::outcome, R>("outcome"), column<&R::taken, R>("taken")}};
  return table;
}

template <>
const Table<WaitingRow>& table_of<WaitingRow>() {
  using R = WaitingRow;
  static const Table<R> table{
      "waiting",
      {column<&R::spoke, R>("spoke", true), column<&R::record, R>("record", true),
       column<&R::reason, R>("reason"), column<&R::detail, R>("detail", true),
       column<&R::since, R>("since")}};
  return table;
}

template <>
const Table<ConflictRow>& table_of<ConflictRow>() {
  using R = ConflictRow;
  static const Table<R> table{"conflicts",
                              {column<&R::spoke, R>("spoke", true), column<&R::key, R>("key", true),
                               column<&R::group, R>("grp", true), column<&R::record, R>("record"),
                               column<&R::entity, R>("entity"), column<&R::reason, R>("reason"),
                               column<&R::detail, R>("detail"), column<&R::hub, R>("hub"),
                               column<&R::system, R>("system"), column<&R::since, R>("since")}};
  return table;
}

template <>
const Table<DuplicateRow>& table_of<DuplicateRow>() {
  using R = DuplicateRow;
  static const Table<R> table{
      "duplicates",
      {column<&R::entity, R>("entity"), column<&R::record, R>("record", true),
       column<&R::other, R>("other", true), column<&R::reason, R>("reason"),
       column<&R::since, R>("since"), column<&R::dismissed, R>("dismissed")}};
  return table;
}

template <>
const Table<UnknownMarkRow>& table_of<UnknownMarkRow>() {
  using R = UnknownMarkRow;
  static const Table<R> table{"unknown_marks",
                              {column<&R::spoke, R>("spoke", true), column<&R::key, R>("key", true),
                               column<&R::system, R>("system"), column<&R::object, R>("object"),
                               column<&R::mark, R>("mark"), column<&R::own, R>("own"),
                               column<&R::adopted, R>("adopted"), column<&R::since, R>("since")}};
  return table;
}

template <>
const Table<MetadataRow>& table_of<MetadataRow>() {
  using R = MetadataRow;
  static const Table<R> table{
      "metadata",
      {column<&R::spoke, R>("spoke", true), column<&R::object, R>("object", true),
       column<&R::fingerprint, R>("fingerprint"), column<&R::facts, R>("facts"),
       column<&R::checked, R>("checked")}};
  return table;
}

template <>
const Table<DeadLetterRow>& table_of<DeadLetterRow>() {
  using R = DeadLetterRow;
  static const Table<R> table{
      "dead_letters",
      {column<&R::id, R>("id", true), column<&R::spoke, R>("spoke"),
       column<&R::direction, R>("direction"), column<&R::key, R>("key"),
       column<&R::record, R>("record"), column<&R::rule, R>("rule"), column<&R::file, R>("file"),
       column<&R::line, R>("line"), column<&R::message, R>("message"),
       column<&R::payload, R>("payload"), column<&R::fingerprint, R>("fingerprint"),
       column<&R::version, R>("version"), column<&R::record_version, R>("record_version"),
       column<&R::at, R>("at"), column<&R::attempts, R>("attempts"), column<&R::open, R>("open")}};
  return table;
}

template <>
const Table<FundPostingRow>& table_of<FundPostingRow>() {
  using R = FundPostingRow;
  static const Table<R> table{
      "fund_postings",
      {column<&R::fund, R>("fund", true), column<&R::no, R>("no", true),
       column<&R::event, R>("event"), column<&R::part, R>("part"), column<&R::kind, R>("kind"),
       column<&R::document, R>("document"), column<&R::request, R>("request"),
       column<&R::amount, R>("amount"), column<&R::currency, R>("currency"),
       column<&R::at, R>("at"), column<&R::from, R>("from_account"),
       column<&R::to, R>("to_account"), column<&R::moved, R>("moved"),
       column<&R::record, R>("record"), column<&R::version, R>("version"),
       column<&R::run, R>("run"), column<&R::chain, R>("chain")}};
  return table;
}

template <>
const Table<FundHeadRow>& table_of<FundHeadRow>() {
  using R = FundHeadRow;
  static const Table<R> table{
      "fund_heads",
      {column<&R::fund, R>("fund", true), column<&R::no, R>("no"), column<&R::chain, R>("chain")}};
  return table;
}

template <>
const Table<LedgerWaitRow>& table_of<LedgerWaitRow>() {
  using R = LedgerWaitRow;
  static const Table<R> table{"ledger_waits",
                              {column<&R::record, R>("record", true),
                               column<&R::entity, R>("entity"), column<&R::rule, R>("rule"),
                               column<&R::detail, R>("detail"), column<&R::since, R>("since")}};
  return table;
}

template <>
const Table<ClaimSettlementRow>& table_of<ClaimSettlementRow>() {
  using R = ClaimSettlementRow;
  static const Table<R> table{
      "claim_settlements",
      {column<&R::claim, R>("claim", true), column<&R::settlement, R>("settlement", true)}};
  return table;
}

template <>
const Table<RunRow>& table_of<RunRow>() {
  using R = RunRow;
  static const Table<R> table{"runs",
                              {column<&R::id, R>("id", true), column<&R::kind, R>("kind"),
                               column<&R::started, R>("started"), column<&R::ended, R>("ended"),
                               column<&R::report, R>("report")}};
  return table;
}

}  // namespace channelbridge::store
