/** So far a finger goes before it means something. */
const SWIPE_PX = 90;

interface Handlers {
  onPointerDown(event: PointerEvent): void;
  onPointerMove(event: PointerEvent): void;
  onPointerUp(event: PointerEvent): void;
  onPointerCancel(event: PointerEvent): void;
}

/** For a row under a finger: it follows sideways, and when it is let go far enough to the right or left, that is said. A mouse selects text. */
export function swipe(onRight: () => void, onLeft: () => void): Handlers {
  const of = (event: PointerEvent) => event.currentTarget as HTMLElement;
  const from = (row: HTMLElement) => Number(row.dataset.from ?? Number.NaN);
  const end = (event: PointerEvent) => {
    const row = of(event);
    row.style.transform = "";
    delete row.dataset.from;
    delete row.dataset.swipe;
  };
  const directionOf = (movedPx: number) => {
    // Not a number: no finger began here.
    if (Number.isNaN(movedPx) || Math.abs(movedPx) < SWIPE_PX) return "";
    return movedPx > 0 ? "right" : "left";
  };
  return {
    onPointerDown(event) {
      if (event.pointerType === "mouse" || (event.target as HTMLElement).closest("button")) return;
      const row = of(event);
      row.dataset.from = String(event.clientX);
      row.setPointerCapture(event.pointerId);
    },
    onPointerMove(event) {
      const moved = event.clientX - from(of(event));
      if (Number.isNaN(moved)) return;
      of(event).style.transform = `translateX(${moved}px)`;
      of(event).dataset.swipe = directionOf(moved);
    },
    onPointerUp(event) {
      const direction = directionOf(event.clientX - from(of(event)));
      end(event);
      if (direction === "right") onRight();
      if (direction === "left") onLeft();
    },
    onPointerCancel: end,
  };
}
