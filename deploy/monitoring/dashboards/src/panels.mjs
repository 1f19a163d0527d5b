// panels.mjs: how every panel of ours looks. What is left to a dashboard is its question (the title), how to read the answer
// (the description), a unit, and queries with their legends.
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

const source = { type: 'prometheus', uid: '${datasource}' };

/**
 * @param {[string, string][]} queries expression and legend
 * @param {boolean} instant
 */
function targets(queries, instant) {
  return queries.map(([expression, legend], i) => {
    const query = new prometheus.DataqueryBuilder().expr(expression).legendFormat(legend).refId(String.fromCharCode(65 + i));
    return instant ? query.instant() : query.range();
  });
}

/** @param {[number, string][]} limits from which value on which colour; below the first it is green */
function thresholds(limits) {
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute)
    .steps([{ value: null, color: 'green' }, ...limits.map(([value, color]) => ({ value, color }))]);
}

/**
 * @typedef {object} Options
 * @property {number} [width] of 24
 * @property {number} [height]
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [roomy] what the axis reaches at least, so that noise looks like noise
 * @property {number} [decimals]
 * @property {boolean} [stacked]
 * @property {[number, string][]} [limits] lines to stay below (graph), colours (number)
 * @property {[string, string][]} [colours] of a series, by its legend
 * @property {Record<string, string>} [texts] words for values
 * @property {boolean} [steps] a value holds until the next one
 */

/**
 * A graph over time.
 * @param {string} title
 * @param {string} description
 * @param {string} unit
 * @param {[string, string][]} queries
 * @param {Options} [options]
 */
export function graph(title, description, unit, queries, options = {}) {
  const panel = new timeseries.PanelBuilder()
    .title(title).description(description).unit(unit).datasource(source)
    .span(options.width ?? 8).height(8).min(options.min ?? 0)
    .lineWidth(2).fillOpacity(options.stacked ? 40 : 8).showPoints(common.VisibilityMode.Never)
    .lineInterpolation(options.steps ? common.LineInterpolation.StepAfter : common.LineInterpolation.Linear)
    .legend(new common.VizLegendOptionsBuilder().showLegend(true).displayMode(common.LegendDisplayMode.List)
      .placement(common.LegendPlacement.Bottom))
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending))
    .targets(targets(queries, false));
  if (options.max !== undefined) panel.max(options.max);
  if (options.roomy !== undefined) panel.axisSoftMax(options.roomy);
  if (options.decimals !== undefined) panel.decimals(options.decimals);
  if (options.stacked) panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  if (options.limits) {
    panel.thresholds(thresholds(options.limits))
      .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  }
  for (const [legend, colour] of options.colours ?? []) {
    panel.overrideByName(legend, [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }]);
  }
  return panel;
}

/**
 * The newest number of each series, large.
 * @param {string} title
 * @param {string} description
 * @param {string} unit
 * @param {[string, string][]} queries
 * @param {Options} [options]
 */
export function number(title, description, unit, queries, options = {}) {
  const panel = new stat.PanelBuilder()
    .title(title).description(description).unit(unit).datasource(source)
    .span(options.width ?? 6).height(options.height ?? 5)
    .graphMode(common.BigValueGraphMode.None).textMode(common.BigValueTextMode.ValueAndName)
    .colorMode(options.limits ? common.BigValueColorMode.Background : common.BigValueColorMode.Value)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .thresholds(thresholds(options.limits ?? []))
    .targets(targets(queries, true));
  if (options.decimals !== undefined) panel.decimals(options.decimals);
  if (options.texts) {
    panel.mappings([{
      type: dashboard.MappingType.ValueToText,
      options: Object.fromEntries(Object.entries(options.texts).map(([value, text], index) => [value, { text, index }])),
    }]);
  }
  return panel;
}

/**
 * @typedef {ReturnType<typeof graph> | ReturnType<typeof number>} Panel
 * @typedef {{ title: string, panels: Panel[] }} Row
 */

/**
 * @param {string} name of the file, and what its address ends with
 * @param {string} title
 * @param {string} description
 * @param {Row[]} rows
 * @param {string} [from] how far back it looks
 */
export function board(name, title, description, rows, from = 'now-1h') {
  const builder = new dashboard.DashboardBuilder(`Rapport / ${title}`)
    .uid(`rapport-${name}`).description(description).tags(['rapport']).editable()
    .refresh('30s').time({ from, to: 'now' }).timezone('browser')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .link(new dashboard.DashboardLinkBuilder('Rapport').type(dashboard.DashboardLinkType.Dashboards)
      .tags(['rapport']).asDropdown(true).includeVars(true).keepTime(true))
    .withVariable(new dashboard.DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'));
  let id = 0;
  for (const row of rows) {
    builder.withRow(new dashboard.RowBuilder(row.title).id(++id));
    for (const panel of row.panels) builder.withPanel(panel.id(++id));
  }
  return builder.build();
}
