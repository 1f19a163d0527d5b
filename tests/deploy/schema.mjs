// Every object against the schema of its kind: types and required fields by kubernetes-models, and by the compiler of
// TypeScript, against the same package's declarations, fields that there are none of.
import fs from 'node:fs';
import ts from 'typescript';
import { nameOf } from './objects.mjs';

const packages = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'cert-manager.io': '@kubernetes-models/cert-manager',
  'keda.sh': '@kubernetes-models/keda',
  'external-secrets.io': '@kubernetes-models/external-secrets',
};

function moduleOf({ apiVersion, kind }) {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return `${packages[group] ?? 'kubernetes-models'}/${group ? `${group}/` : ''}${version}/${kind}`;
}

// Messages about objects with wrong types or without what is required.
export async function typeFaults(objects) {
  const faults = [];
  for (const object of objects) {
    try {
      const model = (await import(moduleOf(object)))[object.kind];
      new model(object).validate();
    } catch (error) {
      faults.push(`${nameOf(object)}: ${error.message}`);
    }
  }
  return faults;
}

// Messages about fields that the kind does not have. The compiler names one an object at a time. `folder`: where the
// packages are, since it looks for them from the file it reads.
export function fieldFaults(objects, folder) {
  const path = `${folder}/objects.ts`;
  const starts = [];
  let source = '';
  objects.forEach((object, index) => {
    starts.push(source.split('\n').length);
    source += `import { I${object.kind} as T${index} } from "${moduleOf(object)}";\n`;
    source += `export const x${index}: T${index} = ${JSON.stringify(object, null, 1)};\n`;
  });
  fs.writeFileSync(path, source);
  const program = ts.createProgram([path], {
    noEmit: true, strict: true, skipLibCheck: true, types: [], lib: ['lib.es2022.d.ts'],
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
  });
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ').slice(0, 400);
    if (!diagnostic.file) return text;
    const line = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start).line + 1;
    const index = starts.findLastIndex((start) => start <= line);
    return `${nameOf(objects[index])}: ${text}`;
  });
}
