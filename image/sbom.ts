import { readFileSync } from "node:fs";

/** Packages that give a file to the disk without being in the root slot: the boot loader, and the initramfs's shell. */
const ofBoot = ["grub-efi-arm64-bin", "busybox-static"];

interface Component {
  readonly type: "library";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly object[];
}

/** A line of packages.list each: GROUP NAME VERSION SHA256; a package may be in two groups. */
export function debianComponents(list: string): Component[] {
  const components = new Map<string, Component>();
  for (const line of list.split("\n").filter(Boolean)) {
    const [group, name = "", version = "", sha256 = ""] = line.split(" ");
    if (group === "build" && !ofBoot.includes(name)) continue;
    const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=arm64&distro=trixie`;
    const hashes = [{ alg: "SHA-256", content: sha256 }];
    components.set(purl, { type: "library", "bom-ref": purl, name, version, purl, hashes });
  }
  return [...components.values()];
}

interface NpmLock {
  readonly packages: Record<
    string,
    {
      readonly version: string;
      readonly integrity?: string;
      readonly license?: string;
      readonly name?: string;
    }
  >;
}

/** What npm says it installed (node_modules/.package-lock.json). */
export function npmComponents({ packages }: NpmLock): Component[] {
  const components = new Map<string, Component>();
  for (const [path, { version, integrity, license, name: ownName }] of Object.entries(packages)) {
    const name = ownName ?? path.replace(/^.*node_modules\//, "");
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    const [, algorithm, hash] = /^sha(\d+)-(.+)$/.exec(integrity ?? "") ?? [];
    components.set(purl, {
      type: "library",
      "bom-ref": purl,
      name,
      version,
      purl,
      ...(hash && {
        hashes: [{ alg: `SHA-${algorithm}`, content: Buffer.from(hash, "base64").toString("hex") }],
      }),
      ...(license && { licenses: [{ expression: license }] }),
    });
  }
  return [...components.values()];
}

/** The image's parts, CycloneDX 1.6. `locked`: all versions are those of image/packages.lock. */
export function sbom(options: {
  readonly version: string;
  readonly time: Date;
  readonly locked: boolean;
  readonly debian: readonly Component[];
  readonly npm: readonly Component[];
}): object {
  const { version, time, locked, debian, npm } = options;
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: time.toISOString(),
      component: {
        type: "firmware",
        "bom-ref": "feimu",
        name: "feimu-rk3588",
        version,
        licenses: [{ license: { id: "Apache-2.0" } }],
      },
      properties: [{ name: "feimu:packages", value: locked ? "locked" : "unlocked" }],
    },
    components: [...debian, ...npm],
    dependencies: [{ ref: "feimu", dependsOn: [...debian, ...npm].map((part) => part["bom-ref"]) }],
  };
}

// node image/sbom.ts VERSION LOCKED PACKAGES_LIST NPM_LOCK...
if (import.meta.main) {
  const [version = "", locked, packagesList = "", ...npmLocks] = process.argv.slice(2);
  const made = sbom({
    version,
    time: new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1_000),
    locked: locked === "yes",
    debian: debianComponents(readFileSync(packagesList, "utf8")),
    npm: npmLocks.flatMap((file) => npmComponents(JSON.parse(readFileSync(file, "utf8")))),
  });
  process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
}
