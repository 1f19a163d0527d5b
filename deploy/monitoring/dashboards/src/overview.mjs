// overview.mjs: is it us? One look, from left to right: do we answer, do answers fail, are they late, and if so, who is away.
import * as units from '@grafana/grafana-foundation-sdk/units';
import { board, graph, number } from './panels.mjs';
import { failedPart, memoryLimit, ours, outside, rate, reads, within, writes } from './queries.mjs';

const edge = 'service="edge"';
const streamless = 'grpc_type="unary"';

const now = {
  title: 'Is it us?',
  panels: [
    number('Replicas that answer', 'Whom Prometheus reaches. 0: nobody serves these calls, see RapportServiceGone.', units.Short,
      [[`sum by (service) (up{${ours}})`, '{{service}}']], { limits: [[-1, 'red'], [1, 'green']] }),
    number('Door', 'Replicas of the edge that are ready, by kube-state-metrics. 0: nobody outside reaches anything, whatever else is green here.',
      units.Short, [['max(kube_deployment_status_replicas_ready{namespace="rapport", deployment="edge"}) or vector(-1)', 'edge']],
      { limits: [[-1, 'blue'], [0, 'red'], [1, 'green']], texts: { '-1': 'not seen' }, width: 3 }),
    number('Alerts that fire', 'Of Rapport. Pages want somebody now, tickets wait for the morning. Their runbooks: deploy/monitoring/runbooks.',
      units.Short,
      [['count(ALERTS{alertstate="firing", alertname=~"Rapport.+", severity="page"}) or vector(0)', 'pages'],
        ['count(ALERTS{alertstate="firing", alertname=~"Rapport.+", severity="ticket"}) or vector(0)', 'tickets']],
      { limits: [[1, 'red']], width: 3 }),
    number('Reads that fail', 'Of calls in 5 minutes. The objective allows 0.1 %. Refusals that are the caller\'s are answers.',
      units.PercentUnit, [[failedPart('service', [ours, outside, reads], '5m'), '{{service}}']],
      { limits: [[0.001, 'orange'], [0.01, 'red']], width: 6, decimals: 2 }),
    number('Writes that fail', 'Of calls in 5 minutes. The objective allows 0.05 %.', units.PercentUnit,
      [[failedPart('service', [ours, outside, writes], '5m'), '{{service}}']],
      { limits: [[0.0005, 'orange'], [0.01, 'red']], width: 6, decimals: 2 }),
  ],
};

const calls = {
  title: 'What people meet',
  panels: [
    graph('Calls', 'From clients, a second. A line that falls to nothing while the others go on: that service, or the way to it.',
      units.RequestsPerSecond, [[rate('service', 'grpc_server_handled_total', [ours, outside]), '{{service}}']]),
    graph('Calls that fail', 'We could not answer: Unavailable, Internal, DeadlineExceeded and the like, by service.',
      units.PercentUnit, [[failedPart('service', [ours, outside]), '{{service}}']], { limits: [[0.001, 'red']], roomy: 0.01 }),
    graph('Late: 99 of 100 calls take at most', 'Reads should stay below 100 ms, writes below 250 ms (dashed).', units.Seconds,
      [[within(0.99, '', 'grpc_server_handling_seconds', [ours, outside, reads, streamless]), 'reads'],
        [within(0.99, '', 'grpc_server_handling_seconds', [ours, outside, writes, streamless]), 'writes']],
      { limits: [[0.1, 'orange'], [0.25, 'red']], roomy: 0.3 }),
  ],
};

const others = {
  title: 'Whom we wait for',
  panels: [
    graph('Calls between services that fail', 'A service that others can not reach: network, certificates, or it is down.',
      units.RequestsPerSecond,
      [[`${rate('grpc_service', 'grpc_client_handled_total', [ours, 'grpc_code!="OK"'])}`
        + ` or 0 * ${rate('grpc_service', 'grpc_client_handled_total', [ours])}`, '{{grpc_service}}']]),
    graph('The shared cache is skipped', '1: Redis is away. Slower, never wrong.', units.Short,
      [[`max by (service) (rapport_cache_breaker_open{${ours}})`, '{{service}}']], { max: 1, steps: true, width: 4 }),
    graph('Writes that wait for the database', 'Above a few dozen the database or its disk is the limit.', units.Short,
      [[`sum by (service) (rapport_db_queue{${ours}, database="data"})`, '{{service}}']], { width: 6 }),
    graph('Oldest event not delivered', 'What one service has not told another yet: signals, consents and erasures may be late there.',
      units.Seconds, [[`max by (service, destination) (rapport_outbox_oldest_seconds{${ours}})`, '{{service}} to {{destination}}']],
      { limits: [[60, 'red']], width: 6, roomy: 10 }),
  ],
};

const door = {
  title: 'The door (nginx)',
  panels: [
    graph('Calls that come', 'A second, by replica, what nginx refuses too. More than the services count under "Calls": they are refused at the door.',
      units.RequestsPerSecond, [[rate('pod', 'nginx_http_requests_total', [edge]), '{{pod}}']]),
    graph('Connections', 'Open now. A replica takes 8,192 and each call under way needs one to its service, too.', units.Short,
      [[`max by (pod) (nginx_connections_active{${edge}})`, '{{pod}}']]),
    graph('Connections dropped', 'A second; it had no room: RapportEdgeDropsConnections.', units.OpsPerSecond,
      [[`${rate('pod', 'nginx_connections_accepted', [edge])} - ${rate('pod', 'nginx_connections_handled', [edge])}`, '{{pod}}']],
      { limits: [[0.1, 'red']], roomy: 1 }),
  ],
};

const room = {
  title: 'Room',
  panels: [
    graph('Calls in flight', 'Let in and not answered yet. At the limit calls are refused, urgent ones last.', units.Short,
      [[`sum by (service) (rapport_calls_in_flight{${ours}})`, '{{service}}']]),
    graph('CPU', 'Cores in use.', units.Short, [[rate('service', 'process_cpu_seconds_total', [ours]), '{{service}}']]),
    graph('Memory', `The largest replica of each. A slope over days is a leak, a step is load. Limits: alliance ${memoryLimit('alliance')} MiB, others `
      + `${memoryLimit('notes')}.`, units.BytesIEC, [[`max by (service) (process_resident_memory_bytes{${ours}})`, '{{service}}']],
    { limits: [[memoryLimit('notes') * 2 ** 20, 'orange'], [memoryLimit('alliance') * 2 ** 20, 'red']], roomy: 400 * 2 ** 20 }),
  ],
};

export const overview = board('overview', 'Overview', 'Is it us? Answers in a minute; the other dashboards say why.',
  [now, calls, door, others, room]);
