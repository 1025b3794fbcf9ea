#!/usr/bin/env bash
# From a clean checkout to what people flash. Called by scripts/image, which says what the options are.
. "$(dirname "$0")/../scripts/setup.sh"
image=$root/image
work=$cache/image
out=${OUT:-$root/build/image}
LOCKED=${LOCKED:-yes} COMPRESS=${COMPRESS:-yes}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)} LC_ALL=C.UTF-8 TZ=UTC
umask 022
version=$(node -p 'require(process.argv[1]).version' "$root/package.json" 2>/dev/null || sed -nE 's/.*"version": "(.*)",/\1/p' "$root/package.json")
# No older version is taken as an update: it may lack what protects the box.
oldest_update=0.1.0
host_packages=(mmdebstrap debian-archive-keyring)

mkdir -p "$work" "$out"
. "$image/apt.sh"
. "$image/tools.sh"
. "$image/application.sh"
. "$image/keys.sh"
. "$image/root.sh"
. "$image/boot.sh"
. "$image/disk.sh"
. "$image/bundle.sh"
. "$image/test-bundles.sh"
. "$image/test-display.sh"

step() { # step WHAT: says how long the one before took
  [ -z "${step_name:-}" ] || say "$step_name: $((SECONDS - step_start)) s"
  step_name=$1 step_start=$SECONDS
}

make_sbom() {
  local node=$work/node-$node_version/node_modules/.package-lock.json
  node "$image/sbom.ts" "$version" "$locked" "$work/packages.list" "$node" "$work/npm-installed.json" >"$out/feimu-$version-rk3588.cdx.json"
  [ "$locked" = yes ] || say "packages: unlocked, see image/packages.lock and the .cdx.json"
}

need_packages "${host_packages[@]}"
need_node
need_modules
step "packages" && make_apt && fetch_all
step "tools" && make_tools
step "application" && make_application
step "keys" && make_keys
step "root slot" && make_root
step "boot slot" && make_boot
step "disk" && make_disk
step "update bundle" && make_bundle
[ "${TEST_PARTS:-no}" = no ] || { step "test bundles" && make_test_bundles; }
[ "${TEST_PARTS:-no}" != all ] || { step "test display" && make_test_display; }
step "parts" && make_sbom
step ""
(cd "$out" && sha256sum -- *.img* *.raucb *.squashfs *.cdx.json >SHA256SUMS)
ls -l "$out" >&2
