import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { reportActivity } from "./activity.ts";
import { call } from "./api.ts";
import { Claim, Rescue } from "./claim.tsx";
import { Cleaning } from "./cleaning.tsx";
import { Coming } from "./coming.tsx";
import { Comments } from "./comments.tsx";
import { Danmaku } from "./danmaku.tsx";
import { Devices } from "./devices.tsx";
import { Health } from "./health.tsx";
import { HeldComments } from "./held-comments.tsx";
import { Links } from "./links.tsx";
import { connected, keepLive, state } from "./live.ts";
import { Moderation } from "./moderation.tsx";
import { PanicButton } from "./panic.tsx";
import { Rooms } from "./rooms.tsx";
import { Rules } from "./rules.tsx";
import { Sources } from "./sources.tsx";
import { StageView } from "./stage-view.tsx";
import { System } from "./system.tsx";
import { Undo } from "./undo.tsx";
import { Update } from "./update.tsx";
import { explain, language, say, switchLanguage } from "./words.ts";

interface Hello {
  readonly name: string;
  readonly owned: boolean;
  readonly session: boolean;
  readonly pinOffered: boolean;
  readonly rescue: boolean;
}

const ASK_AGAIN_MS = 3_000;

export function App() {
  const hello = useSignal<Hello | undefined>(undefined);
  const ask = async () => {
    hello.value = await call<Hello>("GET", "/api/hello").catch(() => hello.value);
  };
  useEffect(() => {
    void ask();
    // Until this device is let in, a PIN may come to stand on the display at any time.
    const timer = setInterval(() => hello.value?.session || void ask(), ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const inside = hello.value?.session ?? false;
  useEffect(() => {
    if (inside) keepLive(() => location.reload());
  }, [inside]);
  useEffect(() => {
    document.documentElement.lang = language.value;
    document.title = `飞幕 · ${state.value?.name ?? hello.value?.name ?? ""}`;
  });

  return (
    <>
      <header>
        <span class="logo" aria-hidden="true">
          飞幕
        </span>
        <h1>{state.value?.name ?? hello.value?.name ?? say.value("box")}</h1>
        {inside && <PanicButton />}
        <button
          type="button"
          class="quiet"
          lang={language.value === "zh" ? "en" : "zh"}
          onClick={switchLanguage}
        >
          {say.value("language")}
        </button>
      </header>
      <main>{inside ? <Operator /> : <Outside hello={hello.value} onClaimed={ask} />}</main>
    </>
  );
}

function Outside({ hello, onClaimed }: { hello: Hello | undefined; onClaimed: () => void }) {
  if (!hello) return <p class="center">{say.value("loading")}</p>;
  if (!hello.owned || hello.pinOffered) return <Claim onClaimed={onClaimed} />;
  return (
    <>
      <section class="card narrow">
        <h2>{say.value("askTitle")}</h2>
        <p>{say.value("askNote")}</p>
      </section>
      {hello.rescue && <Rescue />}
    </>
  );
}

function Operator() {
  useEffect(reportActivity, []);
  return (
    <>
      {!connected.value && (
        <p class="banner" role="status">
          {say.value("reconnecting")}
        </p>
      )}
      {state.value?.safeMode && (
        <p class="banner" role="status">
          {explain("SAFE_MODE")} ({state.value.safeMode})
        </p>
      )}
      {state.value?.panic && (
        <p class="banner" role="status">
          {say.value("panicOn")}
        </p>
      )}
      {state.value?.clean?.unattended && state.value.moderation?.attended === false && (
        <p class="banner" role="status">
          {say.value("nobodyThere")}
        </p>
      )}
      <Undo />
      <div class="live">
        <div class="watched">
          <StageView />
          <HeldComments />
          <Coming />
        </div>
        <Comments />
      </div>
      <div class="settings">
        <Danmaku />
        <Cleaning />
        <Moderation />
        <Rules />
        <Rooms />
        <Sources />
        <Links />
        <Health />
        <Update />
        <Devices />
        <System />
      </div>
    </>
  );
}
