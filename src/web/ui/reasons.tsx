import { type Category, categories, categoryWords } from "../../clean/categories.ts";
import { language, say, type Word } from "./words.ts";

const known = (name: string): name is Category => (categories as readonly string[]).includes(name);

const others: Readonly<Record<string, Word>> = {
  approval: "approvalReason",
  panic: "panicReason",
  undone: "undoneReason",
};

/** Why a comment is masked or waits: the categories of its words, and the rules that apply. */
export function Reasons({ of: reasons }: { readonly of: readonly string[] }) {
  const words = reasons.map((reason) => {
    const [name = "", , kind, rule] = reason.split(":");
    if (known(name)) return `${categoryWords[name][language.value]}${kind === "rule" ? ` · ${rule}` : ""}`;
    const word = others[reason];
    return word ? say.value(word) : "";
  });
  return [...new Set(words)].map((word) => word && <span class="tag reason">{word}</span>);
}
