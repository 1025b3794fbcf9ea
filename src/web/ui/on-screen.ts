import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

/** Whether somebody can see the element: it is on the screen, and the page in front. */
export function useOnScreen(element: RefObject<Element | null>): Signal<boolean> {
  const seen = useSignal(false);
  useEffect(() => {
    if (!element.current) return;
    let near = false;
    const decide = () => {
      seen.value = near && !document.hidden;
    };
    const observer = new IntersectionObserver((entries) => {
      near = entries.at(-1)?.isIntersecting ?? false;
      decide();
    });
    observer.observe(element.current);
    document.addEventListener("visibilitychange", decide);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", decide);
    };
  }, []);
  return seen;
}

/** The element's width in CSS pixels; 0 before it has one. */
export function useWidth(element: RefObject<Element | null>): Signal<number> {
  const width = useSignal(0);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver((entries) => {
      width.value = Math.round(entries.at(-1)?.contentRect.width ?? 0);
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return width;
}
