import type { Table } from "../features.ts";
import { bucketOf, type Row } from "./data.ts";
import { chooseGrams, type Head, sparseInputs, trainHead } from "./head.ts";
import { tableRowsOf, trainTable } from "./table.ts";

const FOLDS = 4;

/**
 * The part of each row; `salt` gives other parts. Rows that share their rarest pair go together: sentences that were made of one word would
 * else be learnt by heart from each other, and a model trusted more than it can hold with words it never saw.
 */
export function foldsOf(rows: readonly Row[], salt: number): number[] {
  const counts = new Map<string, number>();
  const pairsOf = ({ match }: Row) =>
    new Set(Array.from({ length: Math.max(0, match.length - 1) }, (_, at) => match.slice(at, at + 2)));
  for (const row of rows) for (const pair of pairsOf(row)) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  return rows.map((row) => {
    let [rarest, least] = [row.match, Number.POSITIVE_INFINITY];
    for (const pair of pairsOf(row)) {
      const count = counts.get(pair) ?? 0;
      if (count > 1 && count < least) [rarest, least] = [pair, count];
    }
    return bucketOf(`${salt}${rarest}`) % FOLDS;
  });
}
export const folds = Array.from({ length: FOLDS }, (_, fold) => fold);

export interface Fitted {
  readonly table: Table;
  readonly head: Head;
}

/**
 * Table and head. The head learns from what tables say of rows that they were not trained on: of the others a table says what it was told,
 * and the head would believe it too much.
 */
export function fit(rows: readonly Row[]): Fitted {
  const grams = chooseGrams(rows);
  const texts = tableRowsOf(rows);
  const partOf = foldsOf(rows, 1);
  const pick = <T>(all: readonly T[], keep: (part: number) => boolean) =>
    all.filter((_, index) => keep(partOf[index] ?? 0));
  const parts = folds.map((fold) => {
    const table = {
      ...trainTable(
        pick(rows, (part) => part !== fold),
        pick(texts, (part) => part !== fold),
      ),
      grams,
    };
    return pick(rows, (part) => part === fold).map((row) => ({ row, inputs: sparseInputs(table, row) }));
  });
  const all = parts.flat();
  const head = trainHead(
    all.map(({ inputs }) => inputs),
    all.map(({ row }) => row.label),
  );
  return { table: { ...trainTable(rows, texts), grams }, head };
}
