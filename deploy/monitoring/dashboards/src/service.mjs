// service.mjs: one service, the same for all four: rate, errors, duration, saturation, and whom it waits for.
import * as units from '@grafana/grafana-foundation-sdk/units';
import { board, graph } from './panels.mjs';
import { failed, memoryLimit, outside, rate, reads, within, writes } from './queries.mjs';

// What a graph shows while there is nothing to show: a line on the ground, and not "No data".
const none = 'label_replace(vector(0), "grpc_method", "none", "", "")';

/** @param {string} service */
export function serviceBoard(service) {
  const own = `service="${service}"`;
  const unary = 'grpc_type="unary"';
  const limit = memoryLimit(service);
  const latency = 'grpc_server_handling_seconds';
  const asked = {
    title: 'Rate and errors',
    panels: [
      graph('Calls', 'From clients, a second, by kind. Calls between services: further down.', units.RequestsPerSecond,
        [[rate('service', 'grpc_server_handled_total', [own, outside, reads]).replace('by (service) ', ''), 'reads'],
          [rate('service', 'grpc_server_handled_total', [own, outside, writes]).replace('by (service) ', ''), 'writes']]),
      graph('Busiest methods', 'The ten that are called most.', units.RequestsPerSecond,
        [[`topk(10, ${rate('grpc_method', 'grpc_server_handled_total', [own, outside])} > 0)`, '{{grpc_method}}']]),
      graph('Answers that are not OK', 'By code. Refusals that are the caller\'s (NotFound, InvalidArgument, PermissionDenied) count here, too.',
        units.RequestsPerSecond, [[rate('grpc_code', 'grpc_server_handled_total', [own, 'grpc_code!="OK"']), '{{grpc_code}}']]),
      graph('Methods that fail', 'We could not answer: Unavailable, Internal, DeadlineExceeded and the like. 0 is the aim.',
        units.RequestsPerSecond,
        [[`topk(10, ${rate('grpc_method, grpc_code', 'grpc_server_handled_total', [own, failed])}) or ${none}`,
          '{{grpc_method}} {{grpc_code}}']], { width: 12 }),
      graph('Repeated and outdated writes', 'Repeats got the first answer again. Outdated: somebody else changed it first, the caller reads again.',
        units.RequestsPerSecond,
        [[`sum(rate(rapport_idempotent_replays_total{${own}}[$__rate_interval]))`, 'repeated'],
          [`sum(rate(rapport_etag_conflicts_total{${own}}[$__rate_interval]))`, 'outdated'],
          [`sum(rate(rapport_commit_unknown_total{${own}}[$__rate_interval]))`, 'commit unknown']], { width: 12 }),
    ],
  };
  const duration = {
    title: 'Duration',
    panels: [
      graph('Reads', 'Half of them, and 99 of 100, take at most. Objective for the latter: 100 ms.', units.Seconds,
        [[within(0.5, '', latency, [own, outside, reads, unary]), 'half'],
          [within(0.99, '', latency, [own, outside, reads, unary]), '99 of 100']], { limits: [[0.1, 'red']], roomy: 0.15 }),
      graph('Writes', 'Half of them, and 99 of 100, take at most. Objective for the latter: 250 ms.', units.Seconds,
        [[within(0.5, '', latency, [own, outside, writes, unary]), 'half'],
          [within(0.99, '', latency, [own, outside, writes, unary]), '99 of 100']], { limits: [[0.25, 'red']], roomy: 0.3 }),
      graph('Slowest methods', '99 of 100 calls take at most; the ten slowest. Methods nobody called are not there.', units.Seconds,
        [[`topk(10, ${within(0.99, 'grpc_method', latency, [own, outside, unary])} > 0)`, '{{grpc_method}}']]),
    ],
  };
  const saturation = {
    title: 'Saturation',
    panels: [
      graph('Calls in flight', 'Let in and not answered yet; streams last as long as somebody watches.', units.Short,
        [[`sum by (kind) (rapport_calls_in_flight{${own}})`, '{{kind}}']], { width: 6 }),
      graph('Refused because too busy', 'By class. Urgent (concerns, break-glass, signatures) must stay 0.', units.RequestsPerSecond,
        [[rate('class', 'rapport_shed_total', [own, 'class!="unspecified"']), '{{class}}']], { width: 6 }),
      graph('Room for calls', 'Calls that may be in flight, of the replica with the least room. Falls from max-in-flight while writes take long.', units.Short,
        [[`min(rapport_calls_limit{${own}})`, 'limit'], [`max(rapport_calls_in_flight{${own}, kind="unary"})`, 'in flight']], { width: 6 }),
      graph('Refused for its agency', 'Of the refused those whose agency had its share in flight: one agency is noisy, others are served.', units.RequestsPerSecond,
        [[`sum(rate(rapport_shed_over_share_total{${own}}[$__rate_interval]))`, 'over its share']], { width: 6 }),
      graph('Wait for the database', 'What any work waited at least, of the last tenth of a second. Above 50 ms the room for calls falls.', units.Seconds,
        [[`max(rapport_queue_wait_seconds{${own}})`, 'slowest replica']], { width: 6 }),
      graph('Without a pause', 'For how long the threads that serve calls have had none. Above 20 ms bulk work is refused.', units.Seconds,
        [[`rapport_threads_busy_seconds{${own}}`, '{{instance}}']], { width: 6 }),
      graph('CPU of each replica', 'Cores in use.', units.Short,
        [[rate('instance', 'process_cpu_seconds_total', [own]), '{{instance}}']], { width: 6 }),
      graph('Memory of each replica', `The limit in a cluster is ${limit} MiB.`, units.BytesIEC,
        [[`process_resident_memory_bytes{${own}}`, '{{instance}}']], { limits: [[limit * 2 ** 20, 'red']], width: 6, roomy: (limit + 16) * 2 ** 20 }),
      graph('Writes that wait for the database', 'Transactions that wait for their turn or a connection.', units.Short,
        [[`sum by (database) (rapport_db_queue{${own}})`, '{{database}}']], { width: 6 }),
      graph('Events not delivered', 'What others have still to be told.', units.Short,
        [[`max by (destination) (rapport_outbox_pending{${own}})`, 'to {{destination}}']], { width: 6 }),
      graph('Files and sockets', 'Open. A slope that never falls is a leak.', units.Short,
        [[`process_open_fds{${own}}`, '{{instance}}']], { width: 6 }),
      graph('Time since start', 'A line that falls to 0 is a restart.', units.Seconds,
        [[`time() - process_start_time_seconds{${own}}`, '{{instance}}']], { width: 6 }),
    ],
  };
  const mesh = {
    title: 'Between services',
    panels: [
      graph('Calls it makes', 'To other services, a second.', units.RequestsPerSecond,
        [[rate('grpc_service, grpc_method', 'grpc_client_handled_total', [own]), '{{grpc_method}}']]),
      graph('Calls it makes that fail', 'By code. Unavailable: the other one is away; Unauthenticated: certificates.', units.RequestsPerSecond,
        [[`${rate('grpc_method, grpc_code', 'grpc_client_handled_total', [own, 'grpc_code!="OK"'])} or ${none}`,
          '{{grpc_method}} {{grpc_code}}']]),
      graph('How long they take', '99 of 100 take at most. Compare with the other service\'s own figure: the difference is the way.',
        units.Seconds, [[`${within(0.99, 'grpc_method', 'grpc_client_handling_seconds', [own])} > 0`, '{{grpc_method}}']]),
    ],
  };
  return board(service, service[0].toUpperCase() + service.slice(1), `rapport-${service}: rate, errors, duration, saturation.`,
    [asked, duration, saturation, mesh]);
}
