/** Lines of the guests' list. */
export const guestLines = 50;
/** Longest texts, in characters as the browser counts them; the box cleans and cuts anew. */
export const guestTextLength = 100;
export const guestNameLength = 16;

/** One comment in the guests' list: nothing in it says who its author is. */
export interface GuestLine {
  readonly id: string;
  readonly author: string;
  readonly text: string;
  readonly colour: number;
}

/** What the guests' page is told over its socket. */
export interface GuestMessage {
  readonly lines: readonly GuestLine[];
  /** Ids of lines that are taken back. */
  readonly taken: readonly string[];
}

/** What the guests' page asks first. */
export interface GuestHello {
  /** Of the box. */
  readonly name: string;
  /** There is a room for guests. */
  readonly open: boolean;
  /** This phone has read the code. */
  readonly guest: boolean;
  /** What is said waits for the operator. */
  readonly approval: boolean;
}
