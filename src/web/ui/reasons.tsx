import { type Category, categories, categoryWords } from "../../clean/categories.ts";
import { language, say } from "./words.ts";

const known = (name: string): name is Category => (categories as readonly string[]).includes(name);

/** Why a comment is masked or waits: the categories of its words. */
export function Reasons({ of: reasons }: { readonly of: readonly string[] }) {
  const words = reasons.map((reason) => {
    const [name = ""] = reason.split(":");
    if (known(name)) return categoryWords[name][language.value];
    return reason === "approval" ? say.value("approvalReason") : "";
  });
  return [...new Set(words)].map((word) => word && <span class="tag reason">{word}</span>);
}
