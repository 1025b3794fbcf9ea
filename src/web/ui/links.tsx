import { linkStates, wordFor } from "../../catalogue/states.ts";
import { linkHistory } from "./link-history.ts";
import { LinkPlots } from "./link-plots.tsx";
import { SinkForm } from "./link-settings.tsx";
import { LinkStages } from "./link-stages.tsx";
import { shownState } from "./link-state.ts";
import { isLive, type Link, type ShownLink, type Sink, shownLinks } from "./link-values.ts";
import { state } from "./live.ts";
import { SourceKeys } from "./source-form.tsx";
import { explain, language, say, type Word } from "./words.ts";

const rate = (kbps: number) =>
  kbps < 1_000 ? `${kbps.toFixed(0)} kbit/s` : `${(kbps / 1_000).toFixed(2)} Mbit/s`;
const ms = (value: number) => `${value.toFixed(value > 0 && value < 10 ? 1 : 0)} ms`;
const percent = (share: number) => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

function stateWords(link: Link): string {
  const now = shownState(link);
  const word = wordFor(linkStates, now, language.value);
  // Who knows the controller knows its own words.
  return /^[A-Z]/.test(now) ? `${word} (${now})` : word;
}

function Figures({ link, sink }: { link: Link; sink: Sink | undefined }) {
  const figures: [Word, string | undefined][] = [
    ["rate", link.kbps === undefined ? undefined : rate(link.kbps)],
    ["target", link.targetKbps === undefined ? undefined : rate(link.targetKbps)],
    ["atMost", sink && rate(sink.kbps)],
    ["rtt", link.rttMs === undefined ? undefined : ms(link.rttMs)],
    ["queue", link.queueMs === undefined ? undefined : ms(link.queueMs)],
    ["loss", link.loss === undefined ? undefined : percent(link.loss)],
    ["repaired", link.repaired === undefined ? undefined : percent(link.repaired)],
    ["parity", link.parity === undefined ? undefined : percent(link.parity)],
    ["frames", link.frames === undefined ? undefined : String(link.frames)],
    ["framesDropped", link.framesDropped ? String(link.framesDropped) : undefined],
  ];
  const odd = (["keyRequests", "forged", "replayed"] as const)
    .filter((name) => link[name] > 0)
    .map((name) => `${say.value(name)} ${link[name]}`);
  if (link.malformed > 0) odd.push(`${say.value("malformedPackets")} ${link.malformed}`);
  return (
    <>
      <dl class="figures">
        {figures.map(
          ([name, text]) =>
            text !== undefined && (
              <div key={name}>
                <dt>{say.value(name)}</dt>
                <dd>{text}</dd>
              </div>
            ),
        )}
      </dl>
      {odd.length > 0 && <p class="note">{odd.join(" · ")}</p>}
    </>
  );
}

/** There is something to see of the last two minutes. */
const isPlotted = (key: string) => linkHistory.of(key).some(({ kbps }) => kbps !== undefined);

function LinkItem({ shown: { key, role, address, link, sink, source } }: { shown: ShownLink }) {
  // How it is; how it is set where nothing is told.
  const keyed = link?.protected ?? sink?.keyed ?? source?.keyed ?? false;
  const sender = state.value?.sources?.find(({ label }) => label === address)?.sender;
  const light = link?.failure ? "failed" : link && isLive(link) ? "live" : "idle";
  return (
    <li>
      <div class="row">
        <span class={`light ${light}`} aria-hidden="true" />
        <div class="grow">
          <strong>
            {say.value(role === "send" ? "linkTo" : "linkAt")} {address}
          </strong>
          <span class="note">
            {link && stateWords(link)}
            {link?.peer && ` · ${say.value("peer")} ${link.peer}`}
          </span>
        </div>
        <span class="tag">{say.value(keyed ? "protectedLink" : "unprotectedLink")}</span>
        {sink?.oneWay && <span class="tag">{say.value("oneWayTag")}</span>}
      </div>
      {link?.failure && <p class="error">{explain(link.failure)}</p>}
      {isPlotted(key) && (
        <div class="link">
          {/* There without figures too, or the plots would jump to their place. */}
          <div>
            {link && <Figures link={link} sink={sink} />}
            {link && <LinkStages link={link} />}
          </div>
          <LinkPlots of={key} />
        </div>
      )}
      <details>
        <summary>{say.value(sink ? "changeLink" : "linkKeys")}</summary>
        {/* Anew when somebody else has changed it meanwhile. */}
        {sink && <SinkForm key={`${sink.kbps} ${sink.oneWay}`} sink={sink} />}
        {source && <SourceKeys source={source} sender={sender} />}
      </details>
    </li>
  );
}

export function Links() {
  const { links = [], linkSettings } = state.value ?? {};
  const shown = shownLinks(links, linkSettings);
  // As long as there is something to plot, not only while pictures come: the page must not jump.
  const wide = shown.some(({ key }) => isPlotted(key));
  return (
    <section class={`card links ${wide ? "wide" : ""}`}>
      <h2>{say.value("links")}</h2>
      {linkSettings?.sinks.length === 0 && <p class="note">{say.value("noLinks")}</p>}
      <ul class="plain">
        {shown.map((one) => (
          <LinkItem key={one.key} shown={one} />
        ))}
      </ul>
      <details>
        <summary>{say.value("addLink")}</summary>
        <SinkForm />
      </details>
    </section>
  );
}
