# Sourced by build.sh: the root slot, from packages that are unpacked without their scripts; what the scripts would
# have done and the box needs is done here.

make_root() {
  local tree=$work/root
  rm -rf "$tree"
  mkdir "$tree"
  unpack root "$tree" --exclude=./usr/share/{doc,man,info,locale,lintian,bug,bash-completion,zsh,pixmaps,grub} \
    --exclude=./usr/lib/{grub,valgrind} --exclude=./usr/share/i18n --exclude=./usr/share/gtk-doc --exclude=./var/cache/*
  prune_fonts "$tree"
  configure_system "$tree"
  install_kernel "$tree"
  cp -r "$work/application" "$tree/usr/lib/feimu"
  ln -s ../lib/feimu/bin/feimu "$tree/usr/bin/feimu"
  install -m 755 "$image"/{feimu,grow,prepare,health,warnings,device-trees,update,update-after,update-begins,update-ends} "$tree/usr/lib/feimu/bin/"
  install -m 755 "$image/grub-editenv" "$tree/usr/bin/grub-editenv"
  node "$root/src/main.ts" units "$tree/usr/lib/systemd/system"
  cp -r "$image/files/." "$tree/"
  sed -i "s/@VERSION@/$version/" "$tree/etc/os-release"
  sed -i "s/@FLOOR@/$oldest_update/" "$tree/etc/rauc/system.conf"
  cp "$work/keys/ca.pem" "$tree/etc/rauc/keyring.pem"
  enable_units "$tree"
  # systemd takes this file's time as the earliest that the clock may show.
  touch -d "@$SOURCE_DATE_EPOCH" "$tree/usr/lib/clock-epoch"
  find "$tree" -name '__pycache__' -prune -exec rm -rf {} +

  local level=15
  [ "$COMPRESS" = yes ] || level=3
  rm -f "$work/root.squashfs"
  tool env -u SOURCE_DATE_EPOCH mksquashfs /work/root /work/root.squashfs -comp zstd -Xcompression-level "$level" -b 256K -quiet -no-progress \
    -all-time "$SOURCE_DATE_EPOCH" -mkfs-time "$SOURCE_DATE_EPOCH" -no-xattrs >"$work/squashfs.log"
  cp "$work/root.squashfs" "$out/root.squashfs"
  say "root slot: $(($(stat -c %s "$out/root.squashfs") >> 20)) MiB"
}

# The fonts that the stage asks for (native/stage/font-stack.cpp), no others.
prune_fonts() {
  local wanted file
  wanted=$(grep -oE '/usr/share/fonts/[^"]+' "$root/native/stage/font-stack.cpp")
  find "$1/usr/share/fonts" -type f | while read -r file; do
    grep -qxF "${file#"$1"}" <<<"$wanted" || rm "$file"
  done
}

configure_system() {
  local tree=$1
  # base-passwd, libc-bin, ca-certificates, mawk: what their scripts would have made.
  cp "$tree/usr/share/base-passwd/passwd.master" "$tree/etc/passwd"
  cp "$tree/usr/share/base-passwd/group.master" "$tree/etc/group"
  cp "$tree/usr/share/libc-bin/nsswitch.conf" "$tree/etc/nsswitch.conf"
  # Nobody logs in: there is no password, and no shell.
  sed -i -E 's/^root:[^:]*:/root:!*:/' "$tree/etc/passwd"
  mkdir -p "$tree/etc/ssl/certs"
  find "$tree/usr/share/ca-certificates" -name '*.crt' | LC_ALL=C sort | xargs cat >"$tree/etc/ssl/certs/ca-certificates.crt"
  ln -sf mawk "$tree/usr/bin/awk"
  for name in regulatory.db regulatory.db.p7s; do ln -sf "$name-debian" "$tree/usr/lib/firmware/$name"; done
  cp "$image/files/usr/lib/sysusers.d/feimu.conf" "$tree/usr/lib/sysusers.d/"
  tool systemd-sysusers --root=/work/root >"$work/sysusers.log" 2>&1
  : >"$tree/etc/machine-id"
  rm -f "$tree/etc/hostname" "$tree/etc/resolv.conf"
  ln -s ../run/systemd/resolve/stub-resolv.conf "$tree/etc/resolv.conf"
  ln -sf ../usr/share/zoneinfo/UTC "$tree/etc/localtime"
  rm -f "$tree/etc/os-release"
  mkdir -p "$tree"/{state,data,efi,proc,sys,dev,run,tmp,var}
  rm -rf "$tree"/{boot,home,media,mnt,opt,srv,root/.[!.]*} "$tree"/var/*
}

enable_units() {
  local tree=$1 unit
  rm -rf "$tree"/etc/systemd/system/*.wants
  tool systemctl --root=/work/root preset-all >"$work/preset.log" 2>&1
  while read -r unit; do ln -sf /dev/null "$tree/etc/systemd/system/$unit"; done <"$image/masked-units.txt"
}

# Modules for the board, QEMU and what people plug in; drivers of other machines are left out.
install_kernel() {
  local tree=$1 kernel modules
  kernel=$(kernel_version)
  rm -rf "$work/kernel-files"
  unpack kernel "$work/kernel-files" --wildcards --exclude='./usr/share/*' './usr/lib/modules/*' './usr/lib/firmware/arm/*' \
    './usr/lib/firmware/rtl_nic/rtl8*' './usr/lib/firmware/rtw89/rtw8852*' './usr/lib/firmware/mediatek/*79[26][12]*' \
    './usr/lib/firmware/mediatek/*7922*' 2>/dev/null || true
  modules=$tree/usr/lib/modules/$kernel
  mkdir -p "$modules" "$tree/usr/lib/firmware"
  cp -r "$work/kernel-files/usr/lib/firmware/." "$tree/usr/lib/firmware/"
  cp -r "$work/kernel-files/usr/lib/modules/$kernel/." "$modules/"
  rm -rf "$modules"/{vmlinuz,dtb,build,source}
  (cd "$modules/kernel" && xargs -d '\n' -a <(grep -v '^#' "$image/dropped-modules.txt" | tr ' ' '\n' | grep .) rm -rf)
  tool depmod -b /work/root "$kernel"
}

kernel_version() { sed -nE 's/^kernel linux-binary-([^ ]+) .*/\1/p' "$work/kernel.list"; }
