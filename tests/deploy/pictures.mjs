// pictures.mjs PROMETHEUS FOLDER [SECONDS]: draws each dashboard as a picture, from its JSON and the last SECONDS (300) of a
// live Prometheus. No Grafana: rows, graphs and numbers at their places, with titles, units and legends, as far as it takes to
// see whether a person can read it. Needs chromium.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { ask, boards, withInterval } from './live.mjs';

const [, , prometheus, folder, seconds = '300'] = process.argv;
const require = createRequire(import.meta.url);
const beside = (name) => fs.readFileSync(require.resolve('uplot/package.json').replace('package.json', name), 'utf8');
const end = Math.floor(Date.now() / 1000);
const start = end - Number(seconds);
const step = Math.max(1, Math.floor(seconds / 300));
const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step);
const named = (legend, labels) => legend.replace(/\{\{(\w+)\}\}/g, (_, label) => labels[label] ?? '');

async function seriesOf({ type, targets }) {
  const all = [];
  for (const { expr, legendFormat } of targets) {
    const query = withInterval(expr, 20);
    if (type === 'stat') {
      const { result } = await ask(prometheus, 'query', { query });
      all.push(...result.map(({ metric, value }) => ({ name: named(legendFormat, metric), value: Number(value[1]) })));
    } else {
      const { result } = await ask(prometheus, 'query_range', { query, start, end, step });
      for (const { metric, values } of result) {
        const at = new Map(values.map(([time, value]) => [time, Number(value)]));
        all.push({ name: named(legendFormat, metric), values: times.map((time) => (Number.isFinite(at.get(time)) ? at.get(time) : null)) });
      }
    }
  }
  return all;
}

// Runs in the browser.
function draw({ title, description, panels, times: xs }) {
  const scale = (value, steps) => { for (const [limit, unit] of steps) if (Math.abs(value) >= limit) return `${+(value / limit).toPrecision(3)} ${unit}`; return `${+value.toPrecision(3)}`; };
  const formats = {
    s: (v) => (v === 0 ? '0 s' : scale(v, [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's'], [1e-3, 'ms'], [1e-6, 'µs']])),
    bytes: (v) => scale(v, [[2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [1024, 'KiB']]),
    percentunit: (v, decimals = 1) => `${(100 * v).toFixed(decimals)} %`,
    reqps: (v) => `${+v.toPrecision(3)}/s`, ops: (v) => `${+v.toPrecision(3)}/s`, short: (v) => scale(v, [[1e6, 'M'], [1e3, 'k']]),
  };
  const palette = ['#7EB26D', '#EAB839', '#6ED0E0', '#EF843C', '#E24D42', '#1F78C1', '#BA43A9', '#705DA0', '#508642', '#CCA300'];
  document.body.innerHTML = `<h1>${title}<small>${description}</small></h1><main></main>`;
  const height = Math.max(...panels.map(({ gridPos: g }) => g.y + g.h));
  document.querySelector('main').style.gridTemplateRows = `repeat(${height}, 30px)`;
  for (const panel of panels) {
    const { x, y, w, h } = panel.gridPos;
    const box = document.createElement('section');
    box.style.gridArea = `${y + 1} / ${x + 1} / span ${h} / span ${w}`;
    box.className = panel.type;
    box.innerHTML = `<h2>${panel.title}</h2>`;
    document.querySelector('main').append(box);
    if (panel.type === 'row') continue;
    const { unit, decimals, min, max, mappings, thresholds } = panel.fieldConfig.defaults;
    const show = (v) => (v == null ? '' : mappings?.[0]?.options[v]?.text ?? formats[unit](v, decimals));
    if (!panel.series.length) box.insertAdjacentHTML('beforeend', '<p>No data</p>');
    if (panel.type === 'stat') {
      const colour = (v) => thresholds.steps.filter(({ value }) => value === null || v >= value).at(-1).color;
      const background = panel.options.colorMode === 'background';
      box.insertAdjacentHTML('beforeend', `<div>${panel.series.map(({ name, value }) =>
        `<b class="${background ? `back ${colour(value)}` : ''}"><i>${name}</i>${show(value)}</b>`).join('')}</div>`);
      continue;
    }
    const stacked = panel.fieldConfig.defaults.custom.stacking?.mode === 'normal';
    let below = xs.map(() => 0);
    const lines = panel.series.map(({ values }) => {
      if (!stacked) return values;
      below = values.map((value, i) => (value ?? 0) + below[i]);
      return below;
    });
    const steps = panel.fieldConfig.defaults.custom.lineInterpolation === 'stepAfter';
    const limits = thresholds?.steps.filter(({ value }) => value !== null) ?? [];
    const { axisSoftMax: roomy = 0 } = panel.fieldConfig.defaults.custom;
    const top = Math.max(roomy / 1.1, ...lines.flat().filter((v) => v !== null));
    const plot = new uPlot({
      width: box.clientWidth - 12, height: box.clientHeight - 62, legend: { show: false }, cursor: { show: false },
      series: [{}, ...lines.map((_, i) => ({ stroke: palette[i % 10], width: 2, points: { show: false }, paths: steps ? uPlot.paths.stepped({ align: 1 }) : undefined }))],
      scales: { y: { range: [min ?? 0, max ?? (top > 0 ? top * 1.1 : 1)] } },
      axes: [{ stroke: '#888', grid: { stroke: '#333' }, size: 28, values: (_, all) => all.map((t) => new Date(1000 * t).toTimeString().slice(0, 5)), space: 60 }, { stroke: '#888', grid: { stroke: '#333' }, size: 70,
        incrs: unit === 'bytes' ? [1, 4, 16, 64, 128, 256, 1024].map((n) => n * 2 ** 20) : undefined,
        values: (_, all) => all.map((v) => formats[unit](v)) }],
      hooks: { draw: [(u) => {
        for (const { value, color } of limits) {
          if (value > u.scales.y.max) continue;
          u.ctx.strokeStyle = color; u.ctx.setLineDash([6, 4]); u.ctx.beginPath();
          u.ctx.moveTo(u.bbox.left, u.valToPos(value, 'y', true)); u.ctx.lineTo(u.bbox.left + u.bbox.width, u.valToPos(value, 'y', true)); u.ctx.stroke();
          u.ctx.setLineDash([]);
        }
      }] },
    }, [xs, ...lines], box);
    plot.root.insertAdjacentHTML('afterend', `<ul>${panel.series.map(({ name }, i) => `<li style="color:${palette[i % 10]}">${name}</li>`).join('')}</ul>`);
  }
}

const style = `body{margin:12px;background:#111217;color:#ccd;font:13px sans-serif}h1{font-size:20px}h1 small{font-size:13px;font-weight:400;margin-left:1em}
main{display:grid;grid-template-columns:repeat(24,1fr);gap:6px}section{background:#181b1f;border:1px solid #2c2f36;padding:4px;overflow:hidden}
section.row{background:none;border:none}h2{font-size:13px;margin:2px 4px}section.stat>div{display:flex;gap:4px;height:75%}
b{flex:1;text-align:center;font-size:20px;padding-top:14px;border-radius:3px;color:#73BF69}b i{display:block;font-size:12px;font-style:normal}
b.back{color:#fff}.green{background:#3f7f3f}.orange{background:#c4742c}.red{background:#b0303c}
ul{margin:0;padding:0 6px;display:flex;flex-wrap:wrap;gap:0 12px;list-style:inside;font-size:11px}p{text-align:center;color:#f66}`;
fs.mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const board of boards()) {
  const panels = [];
  for (const panel of board.panels) panels.push({ ...panel, series: panel.targets ? await seriesOf(panel) : [] });
  const height = 90 + 36 * Math.max(...panels.map(({ gridPos: g }) => g.y + g.h));
  const page = await browser.newPage({ viewport: { width: 1500, height } });
  await page.setContent(`<style>${style}${beside('dist/uPlot.min.css')}</style><body></body>`);
  await page.addScriptTag({ content: beside('dist/uPlot.iife.min.js') });
  await page.evaluate(draw, { ...board, panels, times });
  await page.screenshot({ path: `${folder}/${board.name}.png` });
  await page.close();
}
await browser.close();
