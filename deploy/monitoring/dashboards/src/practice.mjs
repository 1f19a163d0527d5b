// practice.mjs: how the work of the agencies goes, for those who lead one. Numbers of everybody together: the programs publish
// them in whole elevens (services/platform/runtime/telemetry/metric_names.h), so that no step of a line is one person's.
import * as units from '@grafana/grafana-foundation-sdk/units';
import { board, graph, number } from './panels.mjs';
import { ours } from './queries.mjs';

const few = { 0: 'under 11' };
// Of a share: what is counted is told in elevens, so 0 is not none.
const tooFew = { 0: 'too few to say' };
/** @param {string} type */
const aDay = (type) => `sum(increase(rapport_events_total{${ours}, type="${type}"}[1d]))`;
// Replicas on one database count the same rows.
/** @param {string} by @param {string} metric @param {string} [selector] */
const counted = (by, metric, selector) => `max by (${by}) (${metric}{${[ours, selector].filter(Boolean).join(', ')}})`;
/** @param {string} metric @param {string} selector */
const all = (metric, selector) => `max(${metric}{${ours}, ${selector}})`;
/** @param {string} metric @param {string} part @param {string} of */
const share = (metric, part, of) => `${all(metric, part)} / (${all(metric, of)} > 0)`;

const ratings = {
  title: 'Ratings',
  panels: [
    graph('A day', 'In the 24 hours before each moment: ratings and their corrections, sessions held, notes signed.', units.Short,
      [[aDay('rating_recorded'), 'ratings'], [aDay('session_held'), 'sessions'], [aDay('note_signed'), 'notes signed']],
      { width: 12, decimals: 0, roomy: 22 }),
    number('Response rate', 'Forms that were answered, of those that became due in the last 90 days. Within 11 forms.', units.PercentUnit,
      [[share('rapport_forms', 'outcome="answered"', 'outcome="asked"'), 'answered']], { texts: tooFew, decimals: 0, width: 4, height: 8 }),
    graph('Forms of the last 90 days', 'Asked is all of them. What is neither answered, skipped nor expired still waits.', units.Short,
      [[counted('outcome', 'rapport_forms'), '{{outcome}}']], { width: 8, steps: true, roomy: 22 }),
  ],
};

const signals = {
  title: 'Open signals',
  panels: [
    number('Now, by kind', 'Signals that nobody closed yet. Fewer than 11 of a kind are not told apart.', units.Short,
      [[counted('kind', 'rapport_signals_open'), '{{kind}}']], { texts: few, width: 24 }),
    graph('By kind', 'A kind that grows: what do those families have in common? Supervision is the place to ask.', units.Short,
      [[counted('kind', 'rapport_signals_open'), '{{kind}}']], { width: 12, steps: true, roomy: 22 }),
    graph('By age', 'Since they were raised. Old ones are waiting for a talk that nobody had.', units.Short,
      [[counted('age', 'rapport_signals_open_by_age', 'age="week"'), 'up to a week'],
        [counted('age', 'rapport_signals_open_by_age', 'age="month"'), 'up to a month'],
        [counted('age', 'rapport_signals_open_by_age', 'age="older"'), 'older']],
      { width: 12, steps: true, roomy: 22, stacked: true, colours: [['older', 'orange']] }),
  ],
};

const homework = {
  title: 'Homework',
  panels: [
    graph('Of the last 90 days', 'Proposed is all of it; agreed by everybody who does it; reviewed in a session.', units.Short,
      [[counted('reached', 'rapport_homework'), '{{reached}}']], { width: 16, steps: true, roomy: 22 }),
    number('How far it comes', 'Agreed, of what was proposed; reviewed, of what was agreed. Within 11.', units.PercentUnit,
      [[share('rapport_homework', 'reached="agreed"', 'reached="proposed"'), 'agreed'],
        [share('rapport_homework', 'reached="reviewed"', 'reached="agreed"'), 'reviewed']], { texts: tooFew, decimals: 0, width: 8, height: 8 }),
  ],
};

export const practice = board('practice', 'Practice',
  'How the work goes, all agencies of this installation together, in whole elevens: 0 is fewer than 11. No person, no family, no team.',
  [ratings, signals, homework], 'now-30d');
