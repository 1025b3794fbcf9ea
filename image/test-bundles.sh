# Sourced by build.sh with TEST_PARTS=short or all: what a box must refuse, and what it must return from by itself.

make_test_bundles() {
  local folder=$out/test-bundles
  rm -rf "$folder"
  mkdir "$folder"
  [ -s "$work/keys/foreign.pem" ] || {
    make_ca foreign-ca "Somebody else"
    make_certificate foreign-ca foreign "Somebody else"
    make_certificate ca expired "Feimu update, expired" -not_before 20250101000000Z -not_after 20250201000000Z
  }
  # For refusals a small payload does.
  mkdir -p "$work/refused"
  head -c 1048576 "$work/boot.squashfs" >"$work/refused/root.squashfs"
  cp "$work/refused/root.squashfs" "$work/refused/boot.squashfs"
  refused old 0.0.9 feimu-rk3588 update
  refused product "$version" other-product update
  refused expired "$version" feimu-rk3588 expired
  refused foreign "$version" feimu-rk3588 foreign
  refused good "$version" feimu-rk3588 update
  cp "$folder/good.raucb" "$folder/flipped.raucb"
  printf '\377' | dd of="$folder/flipped.raucb" bs=1 seek=4096 conv=notrunc status=none
  # The signature's length, 8 bytes, stands at the end: none.
  head -c -8 "$folder/good.raucb" >"$folder/unsigned.raucb"
  printf '\0\0\0\0\0\0\0\0' >>"$folder/unsigned.raucb"
  rm "$folder/good.raucb"
  # A kernel without an initramfs finds no root and panics.
  local boot=$work/boot-panic
  rm -rf "$boot" && mkdir "$boot"
  cp "$work/boot/vmlinuz" "$boot/" && sed '/^initrd/d' "$image/slot.cfg" >"$boot/slot.cfg"
  tool env -u SOURCE_DATE_EPOCH mksquashfs /work/boot-panic /work/boot-panic.squashfs -comp xz -noappend -quiet -no-progress -all-root >>"$work/squashfs.log"
  cp "$work/boot-panic.squashfs" "$work/refused/boot.squashfs"
  refused panics "$version" feimu-rk3588 update
  [ "$TEST_PARTS" = all ] || return 0
  # A whole system whose page does not start.
  boot=$work/boot-unhealthy
  rm -rf "$boot" && cp -r "$work/boot" "$boot"
  sed -i '/^linux/s/$/ systemd.mask=feimu-control.service/' "$boot/slot.cfg"
  tool env -u SOURCE_DATE_EPOCH mksquashfs /work/boot-unhealthy /work/boot-unhealthy.squashfs -comp xz -noappend -quiet -no-progress -all-root >>"$work/squashfs.log"
  cp "$work/boot-unhealthy.squashfs" "$work/refused/boot.squashfs"
  cp "$work/root.squashfs" "$work/refused/root.squashfs"
  refused unhealthy "$version" feimu-rk3588 update
}

# refused NAME VERSION PRODUCT CERTIFICATE
refused() {
  local tree=$work/bundle
  rm -rf "$tree" && mkdir "$tree"
  cp "$work/refused/root.squashfs" "$tree/root.img" && cp "$work/refused/boot.squashfs" "$tree/boot.img"
  write_manifest "$tree" "$2" "$3"
  rm -f "$work/bundle.raucb"
  # Not checked here: half of them would not pass.
  tool rauc --cert="/work/keys/$4.pem" --key="/work/keys/$4.key" bundle /work/bundle /work/bundle.raucb >"$work/bundle.log" 2>&1 ||
    { cat "$work/bundle.log" >&2; exit 1; }
  cp "$work/bundle.raucb" "$out/test-bundles/$1.raucb"
}
