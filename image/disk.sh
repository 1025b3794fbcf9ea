# Sourced by build.sh: the disk: GPT, the firmware's room, ESP, two slots, state, data.

grub_modules=(part_gpt fat squash4 xzio normal configfile loadenv test echo search search_fs_file linux fdt probe regexp
  reboot sleep true halt)

# A UUID that depends on the name alone.
uuid_of() { sha256sum <<<"feimu $1" | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/'; }

make_esp() {
  local esp=$work/esp.img
  # GRUB: one program; the firmware tells it the partition it came from, and there its menu is.
  printf 'set prefix=($root)/EFI/BOOT\nconfigfile ($root)/EFI/BOOT/grub.cfg\n' >"$work/early.cfg"
  tool grub-mkimage -O arm64-efi -d /work/sysroot/usr/lib/grub/arm64-efi -p /EFI/BOOT -c /work/early.cfg \
    -o /work/BOOTAA64.EFI "${grub_modules[@]}"
  rm -f "$work/grubenv"
  tool grub-editenv /work/grubenv create
  tool grub-editenv /work/grubenv set ORDER="A B" A_OK=1 B_OK=0 A_TRY=0 B_TRY=0
  rm -rf "$work/dtb"
  copy_device_trees "$work"
  cp "$image/readme-on-esp.txt" "$work/README.txt"
  find "$work"/{BOOTAA64.EFI,grubenv,dtb,README.txt} -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
  touch -d "@$SOURCE_DATE_EPOCH" "$image/grub.cfg"
  rm -f "$esp"
  truncate -s 256M "$esp"
  tool sh -ec '
    mkfs.vfat -F 32 -n FEIMU -i 46454955 --invariant /work/esp.img >/dev/null
    mmd -i /work/esp.img ::EFI ::EFI/BOOT
    mcopy -m -i /work/esp.img /work/BOOTAA64.EFI /work/grubenv /source/image/grub.cfg ::EFI/BOOT
    mcopy -m -s -i /work/esp.img /work/dtb /work/README.txt ::'
}

make_disk() {
  local img=$work/disk.img part name start
  make_esp
  rm -f "$img" "$work"/{state,data}.img
  truncate -s 64M "$work/state.img"
  truncate -s 64M "$work/data.img"
  tool sh -ec '
    export E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH
    for name in state data; do
      mkfs.ext4 -q -F -L $name -U $('"printf %s $(uuid_of file-system)"') -E hash_seed='"$(uuid_of hash)"',lazy_itable_init=0,lazy_journal_init=0 /work/$name.img
    done'
  truncate -s $((16 + 256 + 2 * (96 + 640) + 64 + 64 + 1))M "$img"
  tool sgdisk --clear --set-alignment=2048 --disk-guid="$(uuid_of disk)" \
    --new=1:32768:+256M --typecode=1:ef00 --change-name=1:esp --partition-guid=1:"$(uuid_of esp)" \
    --new=2:0:+96M --typecode=2:8300 --change-name=2:boot-a --partition-guid=2:"$(uuid_of boot-a)" \
    --new=3:0:+640M --typecode=3:8305 --change-name=3:root-a --partition-guid=3:"$(uuid_of root-a)" \
    --new=4:0:+96M --typecode=4:8300 --change-name=4:boot-b --partition-guid=4:"$(uuid_of boot-b)" \
    --new=5:0:+640M --typecode=5:8305 --change-name=5:root-b --partition-guid=5:"$(uuid_of root-b)" \
    --new=6:0:+64M --typecode=6:8300 --change-name=6:state --partition-guid=6:"$(uuid_of state)" \
    --new=7:0:+64M --typecode=7:8300 --change-name=7:data --partition-guid=7:"$(uuid_of data)" /work/disk.img >"$work/sgdisk.log"
  place() { dd if="$work/$1" of="$img" bs=1M seek="$2" conv=notrunc,sparse status=none; }
  place esp.img 16
  place boot.squashfs 272
  place root.squashfs 368
  place state.img $((368 + 640 + 96 + 640))
  place data.img $((368 + 640 + 96 + 640 + 64))
  local name=feimu-$version-rk3588.img
  cp --sparse=always "$img" "$out/$name"
  tool bmaptool --quiet create -o /work/disk.bmap /work/disk.img && cp "$work/disk.bmap" "$out/$name.bmap"
  [ "$COMPRESS" != yes ] || xz --threads=0 --keep --force -6 "$out/$name"
}
