import type { RpcClient } from "../rpc/client.ts";
import { ApiError } from "../web/api.ts";
import type { ModerationActions } from "../web/moderation-routes.ts";

/** `moderation`: feimu.v1.Moderation; `box`: feimu.v1.Box. */
export function moderationActions(moderation: RpcClient, box: RpcClient): ModerationActions {
  return {
    async decide(decision, { key, author }, by) {
      const authorId = author?.split(":").at(-1);
      const { failure, undoId } = await moderation.unary("decide", { decision, key, authorId, by });
      if (failure) throw new ApiError(409, failure);
      return { undoId };
    },
    async undo(id, by) {
      const { done } = await moderation.unary("undo", { id, by });
      if (!done) throw new ApiError(409, "UNDO_TOO_LATE");
    },
    async claim(key, by) {
      const { holder } = await moderation.unary("claim", { key, by });
      return holder;
    },
    async decisions() {
      const { decisions } = await moderation.unary("listDecisions", {});
      return decisions;
    },
    async panic(on) {
      await box.unary("setPanic", on === undefined ? {} : { on });
    },
  };
}
