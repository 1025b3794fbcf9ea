import { benchBilibili } from "./bilibili.ts";
import { benchDouyu } from "./douyu.ts";
import { benchKuaishou } from "./kuaishou.ts";

/**
 * What rooms send to comments, every field copied: messages a second of processor time, beside npm packages that decode the same bytes (they are
 * development dependencies) and beside bare decoding.
 */
export async function benchIngest(): Promise<object> {
  return { bilibili: await benchBilibili(), douyu: await benchDouyu(), kuaishou: await benchKuaishou() };
}
