// security.mjs: who is refused, whether everything leaves its line in the audit trail, and what is about to end.
import * as units from '@grafana/grafana-foundation-sdk/units';
import { board, graph, number } from './panels.mjs';
import { ours, outside, rate } from './queries.mjs';

const refused = {
  title: 'Who is refused',
  panels: [
    graph('Refused by authorisation', 'By the rule that refused. Many "relation" at once: somebody looks for families that are not theirs.',
      units.RequestsPerSecond, [[rate('rule', 'rapport_authz_denied_total', [ours]), '{{rule}}']]),
    graph('Without a valid token', 'A token that ended, or none. A step after a change of keys: the agency\'s issuer (RapportKeySetOld).',
      units.RequestsPerSecond,
      [[`${rate('service', 'grpc_server_handled_total', [ours, 'grpc_code="Unauthenticated"'])} or`
        + ` 0 * ${rate('service', 'grpc_server_handled_total', [ours])}`, '{{service}}']]),
    graph('Asked beside the methods', 'Health checks, reflection, and methods that do not exist. Many of the last: somebody tries doors.',
      units.RequestsPerSecond, [[rate('call', 'rapport_other_calls_total', [ours]), '{{call}}']]),
    graph('Decided on old facts', 'intake could not be reached, and access facts up to a minute old were used.', units.RequestsPerSecond,
      [[rate('service', 'rapport_access_facts_stale_served_total', [ours]), '{{service}}']]),
  ],
};

const audit = {
  title: 'Audit',
  panels: [
    graph('Lines of the audit trail', 'Rows appended a second. None while there are writes must be impossible: RapportAuditSilent.',
      units.OpsPerSecond, [[rate('service', 'rapport_audit_rows_total', [ours]), '{{service}}']]),
    graph('Without a checkpoint', 'For how long lines wait to be covered by a signed checkpoint. A minute is right; more: RapportCheckpointLate.',
      units.Seconds, [[`max by (service) (rapport_audit_unsigned_seconds{${ours}})`, '{{service}}']]),
    graph('Lines without a checkpoint', 'How many these are. Each replica has a file of its own; the one that is behind most counts.',
      units.Short, [[`max by (service) (rapport_audit_unsigned_rows{${ours}})`, '{{service}}']]),
    graph('Disclosures', 'Answers that showed something of somebody: a line was written, or one of the last minutes covers it.', units.OpsPerSecond,
      [[rate('result', 'rapport_disclosures_total', [ours]), '{{result}}']]),
    graph('Emergency openings', 'Calls of break-glass methods a second. Each has a line, a reason and a review.', units.RequestsPerSecond,
      [[`sum(rate(grpc_server_handled_total{${ours}, ${outside}, grpc_method=~".*BreakGlass.*"}[$__rate_interval]))`, 'calls']]),
  ],
};

const ends = {
  title: 'What ends, and what was destroyed',
  panels: [
    number('Certificates end in', 'The first of the replicas. cert-manager renews 10 days before.', units.Seconds,
      [[`min by (service, certificate) (rapport_cert_not_after_seconds{${ours}}) - time()`, '{{service}} {{certificate}}']],
      { limits: [[-1e12, 'red'], [43200, 'orange'], [259200, 'green']], width: 12 }),
    number('Keys of tokens were read', 'So long ago, the oldest of the agencies\' sets. After a day nobody of that agency can sign in.',
      units.Seconds, [[`max by (service) (rapport_jwks_age_seconds{${ours}})`, '{{service}}']], { limits: [[3600, 'orange'], [43200, 'red']], width: 12 }),
    number('Certificates refused', 'New ones on disk that were not taken, in 24 hours; the old one stays in use.', units.Short,
      [[`sum by (service) (increase(rapport_cert_refused_total{${ours}}[1d]))`, '{{service}}']], { limits: [[1, 'orange']], width: 8, decimals: 0 }),
    number('Keys destroyed by erasures', 'In 24 hours, in all services. Compare with the erasures that were approved.', units.Short,
      [[`sum by (service) (increase(rapport_keys_erased_total{${ours}}[1d]))`, '{{service}}']], { width: 8, decimals: 0 }),
    number('Cached values that did not open', 'In 24 hours. Not served. Not right after a change of the suite secret: who writes to Redis?',
      units.Short, [[`sum by (service) (increase(rapport_cache_decrypt_failed_total{${ours}}[1d]))`, '{{service}}']],
      { limits: [[1, 'red']], width: 8, decimals: 0 }),
    number('Agencies with nobody on duty', 'Whom a member calls for help: there only the family\'s own helpers are told (RapportNobodyOnDuty).', units.Short,
      [[`max by (service) (rapport_agencies_without_on_duty{${ours}})`, '{{service}}']], { limits: [[1, 'orange']], width: 8, decimals: 0 }),
  ],
};

const logs = {
  title: 'Logs and traces',
  panels: [
    graph('Log lines lost', 'Whoever collects them is too slow. The audit trail is not affected: it is in the database.', units.OpsPerSecond,
      [[rate('service', 'rapport_log_lines_dropped_total', [ours]), '{{service}}']]),
    graph('Repeated warnings left out', 'The same warning again and again: read it, it has a reason.', units.OpsPerSecond,
      [[rate('service', 'rapport_log_lines_suppressed_total', [ours]), '{{service}}']]),
    graph('Spans of traces', 'Dropped: too many at once. Lost: the collector is away or refuses; nothing else is affected.', units.OpsPerSecond,
      [[rate('result', 'rapport_spans_total', [ours]), '{{result}}']]),
  ],
};

export const security = board('security', 'Security and audit',
  'Refusals, the audit trail, certificates and keys. Who did what stands in the audit trail, never here.', [refused, audit, ends, logs], 'now-6h');
