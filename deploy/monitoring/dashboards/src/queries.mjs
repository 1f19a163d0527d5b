// queries.mjs: what the dashboards' queries have in common with each other and with the rules (../rules), so that a graph and
// an alert never disagree about what a failed call is.
export const services = ['intake', 'notes', 'goals', 'alliance'];
export const ours = `service=~"${services.join('|')}"`;

/**
 * MiB that a replica may have in a cluster, before the kernel ends it (kubernetes/base; a test compares).
 * @param {string} service
 */
export const memoryLimit = (service) => (service === 'alliance' ? 768 : 384);

// Calls that somebody waits for: not those between services, and not health and reflection.
export const outside = 'grpc_service!~"rapport.internal.+|grpc.+"';
export const reads = 'grpc_method=~"(Get|List|Search|Find|Check|Verify|Watch).*"';
export const writes = reads.replace('=~', '!~');
// What we could not answer; anything else is an answer, also a refusal.
export const failed = 'grpc_code=~"Unknown|Internal|Unavailable|DataLoss|DeadlineExceeded|ResourceExhausted"';

/**
 * sum by (LABELS) of what a counter grew a second.
 * @param {string} by
 * @param {string} counter
 * @param {string[]} selectors
 * @param {string} [over]
 */
export const rate = (by, counter, selectors, over = '$__rate_interval') =>
  `sum by (${by}) (rate(${counter}{${selectors.join(', ')}}[${over}]))`;

/**
 * The part of calls that failed: 0 where none did, nothing where there were no calls.
 * @param {string} by
 * @param {string[]} selectors
 * @param {string} [over]
 */
export function failedPart(by, selectors, over) {
  const all = rate(by, 'grpc_server_handled_total', selectors, over);
  return `(${rate(by, 'grpc_server_handled_total', [...selectors, failed], over)} or 0 * ${all}) / (${all} > 0)`;
}

/**
 * What PART of the calls that end take at most, in seconds.
 * @param {number} part
 * @param {string} by
 * @param {string} histogram
 * @param {string[]} selectors
 */
export const within = (part, by, histogram, selectors) =>
  `histogram_quantile(${part}, ${rate(`${by}${by && ', '}le`, `${histogram}_bucket`, selectors)})`;
