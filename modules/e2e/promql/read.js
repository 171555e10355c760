// Reads a JSON list of PromQL expressions from a file. Says of each, as one JSON list on stdout, where it is no PromQL,
// which figures it asks for with which labels, and by which labels it groups.
import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';

const LABELS = new Set(['LabelName', 'QuotedLabelName']);

function read(expression) {
  const found = { mistakes: [], figures: [], groupings: [] };
  const text = (node) => expression.slice(node.from, node.to);
  parser.parse(expression).iterate({
    enter(ref) {
      const node = ref.node;
      if (node.type.isError) {
        found.mistakes.push(`at character ${node.from + 1}: ${expression.slice(node.from, node.from + 20)}`);
      } else if (node.name === 'VectorSelector') {
        const name = node.getChild('Identifier');
        found.figures.push({ name: name ? text(name) : '', labels: labelsIn(node, text) });
      } else if (node.name === 'GroupingLabels') {
        found.groupings.push(...labelsIn(node, text));
      }
    },
  });
  return found;
}

function labelsIn(node, text) {
  const labels = [];
  node.cursor().iterate((ref) => {
    if (LABELS.has(ref.name)) labels.push(text(ref).replaceAll('"', ''));
  });
  return labels;
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(process.argv[2], 'utf8')).map(read)));
