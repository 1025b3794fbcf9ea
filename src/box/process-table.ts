import { imagePaths } from "./image-paths.ts";

/** What one process is and may do: the spawn driver starts it from here, the image's units are generated from here. */
export interface ProcessEntry {
  readonly summary: string;
  /** Upper bound of its memory, MiB; about twice what it uses at most. */
  readonly memoryMaxMb: number;
  /** Upper bound of the JavaScript heap, MiB. */
  readonly heapMb: number;
  /** false: no network but Unix sockets. */
  readonly network: boolean;
  /** Device classes as in systemd's DeviceAllow=, and the groups that own their nodes. */
  readonly devices: readonly string[];
  readonly groups: readonly string[];
  /** Reads what kind of processor this is: the compiler of a software renderer does. */
  readonly readsProcessor: boolean;
  /** Raises the priority of its own threads. */
  readonly priorities: boolean;
  /** Folder of what it keeps over restarts, on the image. */
  readonly state?: string;
  /** Folders that it writes, besides that one and the sockets'. */
  readonly writes: readonly string[];
  /** The kernel takes memory from the highest first. The picture goes last. */
  readonly oomScoreAdjust: number;
}

export const processTable = {
  stage: {
    summary: "the display: picture and comments",
    memoryMaxMb: 900,
    heapMb: 96,
    network: false,
    // udmabuf, of the group kvm in Debian: makes dma-bufs of the decoder's memory.
    devices: ["char-drm rw", "/dev/udmabuf rw"],
    groups: ["video", "render", "kvm"],
    readsProcessor: true,
    priorities: true,
    writes: [],
    oomScoreAdjust: -700,
  },
  media: {
    summary: "pictures from the network, decoded; viewers, encoded",
    memoryMaxMb: 600,
    heapMb: 96,
    network: true,
    devices: ["char-media rw", "char-video4linux rw"],
    groups: ["video"],
    readsProcessor: false,
    priorities: true,
    writes: [],
    oomScoreAdjust: -300,
  },
  comments: {
    summary: "rooms, and their comments cleaned",
    memoryMaxMb: 400,
    heapMb: 160,
    network: true,
    devices: [],
    groups: [],
    readsProcessor: false,
    priorities: false,
    state: imagePaths.archive,
    writes: [],
    oomScoreAdjust: 100,
  },
  control: {
    summary: "the page, its sessions",
    memoryMaxMb: 400,
    heapMb: 160,
    network: true,
    devices: [],
    groups: [],
    readsProcessor: false,
    priorities: false,
    state: imagePaths.state,
    writes: [imagePaths.update],
    oomScoreAdjust: 100,
  },
} as const satisfies Record<string, ProcessEntry>;

/** The process that owns the configuration; it starts the others only where no service manager does. */
export const boxEntry: ProcessEntry = {
  summary: "configuration and status",
  memoryMaxMb: 300,
  heapMb: 96,
  network: false,
  // Keyboards and buttons: the panic key. They are read, and nothing else.
  devices: ["char-input r"],
  groups: ["input"],
  readsProcessor: false,
  priorities: false,
  state: imagePaths.keys,
  writes: [imagePaths.settings],
  oomScoreAdjust: -500,
};

export type ChildName = keyof typeof processTable;
export const childNames = Object.keys(processTable) as ChildName[];

/** The processes make little garbage: small young generations cost nothing and save 8 MB each (measured). */
export const nodeArguments = (entry: ProcessEntry) => [
  "--max-semi-space-size=1",
  `--max-old-space-size=${entry.heapMb}`,
];

/** Two malloc arenas are enough for a handful of threads. */
export const processEnvironment = { MALLOC_ARENA_MAX: "2" } as const;
