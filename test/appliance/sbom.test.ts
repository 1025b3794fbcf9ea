import assert from "node:assert/strict";
import { debianComponents, npmComponents, sbom } from "../../image/sbom.ts";

describe("the list of the image's parts", () => {
  it("has what is on the disk, with versions and hashes, and not what only built it", () => {
    const list = [
      "root libpng16-16t64 1.6.48-1+deb13u1 aa",
      "build grub-efi-arm64-bin 2.12-9+deb13u1 bb",
      "build libc6-dev 2.41-12 cc",
      "kernel libpng16-16t64 1.6.48-1+deb13u1 aa",
      "",
    ].join("\n");
    const debian = debianComponents(list);
    assert.deepEqual(
      debian.map(({ purl }) => purl),
      [
        "pkg:deb/debian/libpng16-16t64@1.6.48-1%2Bdeb13u1?arch=arm64&distro=trixie",
        "pkg:deb/debian/grub-efi-arm64-bin@2.12-9%2Bdeb13u1?arch=arm64&distro=trixie",
      ],
    );
    const integrity = `sha512-${Buffer.alloc(64, 0xab).toString("base64")}`;
    const npm = npmComponents({
      packages: {
        "node_modules/a": { version: "1.0.0", integrity, license: "MIT OR Apache-2.0" },
        "node_modules/b/node_modules/@c/d": { version: "2.0.0" },
        "node_modules/e/node_modules/a": { version: "1.0.0", integrity, license: "MIT OR Apache-2.0" },
      },
    });
    assert.deepEqual(
      npm.map(({ purl }) => purl),
      ["pkg:npm/a@1.0.0", "pkg:npm/%40c/d@2.0.0"],
    );
    assert.deepEqual(npm[0]?.hashes, [{ alg: "SHA-512", content: "ab".repeat(64) }]);
    const whole = sbom({ version: "1.2.3", time: new Date(0), locked: false, debian, npm });
    assert.match(JSON.stringify(whole), /"feimu:packages","value":"unlocked"/);
  });
});
