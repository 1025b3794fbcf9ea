import type { Config, RoomConfig } from "../box/config.ts";
import { roomIn } from "../rooms/registry.ts";
import { ApiError } from "../web/api.ts";
import type { OperatorActions } from "../web/server.ts";
import type { Settings } from "./settings.ts";

/** What an operator sets of rooms, comments and cleaning. */
export function settingActions(
  settings: Pick<Settings, "change">,
): Pick<
  OperatorActions,
  "addRoom" | "setCredentials" | "changeRoom" | "removeRoom" | "setDanmaku" | "setClean"
> {
  const changeRoom = (platform: string, id: string, change: Partial<RoomConfig>) =>
    settings.change(({ rooms }) => ({
      rooms: rooms.map((room) =>
        room.platform === platform && room.id === id ? { ...room, ...change } : room,
      ),
    }));
  return {
    async addRoom(given) {
      const { platform, id } = roomIn(given.id) ?? given;
      const added = { ...given, platform, id } as RoomConfig;
      await settings.change(({ rooms }) => {
        if (rooms.some((room) => room.platform === platform && room.id === id)) {
          throw new ApiError(409, "ROOM_DUPLICATE");
        }
        return { rooms: [...rooms, added] };
      });
    },
    setCredentials: (platform, id, credentials) => changeRoom(platform, id, { credentials }),
    changeRoom: (platform, id, { delayS, approval }) =>
      changeRoom(platform, id, {
        ...(delayS !== undefined && { delayS }),
        ...(approval !== undefined && { approval }),
      }),
    removeRoom: (platform, id) =>
      settings.change(({ rooms }) => ({
        rooms: rooms.filter((room) => room.platform !== platform || room.id !== id),
      })),
    setDanmaku: (change) => settings.change(({ danmaku }) => ({ danmaku: { ...danmaku, ...change } })),
    setClean: (change) =>
      settings.change(({ clean }) => {
        // null: as if it were not set.
        const next = Object.entries({ ...clean, ...change }).filter(([, value]) => value !== null);
        return { clean: Object.fromEntries(next) as Config["clean"] };
      }),
  };
}
