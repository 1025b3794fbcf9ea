# Sourced by build.sh: the boot slot: kernel, initramfs and the slot's part of GRUB's menu, in a file system that GRUB reads.

# What must be there before the root slot is: disks, file systems, watchdogs; of QEMU and of the boards.
boot_modules=(virtio_pci virtio_mmio virtio_blk virtio_console nvme mmc_block sdhci sdhci_pci sdhci-of-dwcmshc dw_mmc-rockchip
  phy-rockchip-naneng-combphy phy-rockchip-snps-pcie3 rk8xx-i2c rk8xx-spi rk808-regulator
  fan53555 usb-storage uas xhci-pci xhci-plat-hcd dwc3 dwc3-of-simple
  phy-rockchip-inno-usb2 phy-rockchip-usbdp squashfs ext4 loop dm-verity vfat nls_ascii nls_cp437 nls_utf8
  dw_wdt i6300esb qemu_fw_cfg dmi-sysfs efi-pstore)

make_boot() {
  local tree=$work/boot kernel modules initrd name
  kernel=$(kernel_version)
  modules=$work/root/usr/lib/modules/$kernel
  initrd=$work/initrd
  rm -rf "$tree" "$initrd"
  mkdir -p "$tree" "$initrd"/{bin,proc,sys,dev,run,root,lib/modules}
  cp "$work/sysroot/usr/bin/busybox" "$initrd/bin/busybox"
  for name in sh mount umount mkdir cat sleep ln insmod switch_root chroot date echo; do ln -s busybox "$initrd/bin/$name"; done
  install -m 755 "$image/initramfs/init" "$initrd/init"
  tool modprobe -d /work/root -S "$kernel" --show-depends --all "${boot_modules[@]}" 2>"$work/initrd.log" |
    awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$work/initrd.modules" || true
  while read -r name; do
    xz -dc "$work/${name#/work/}" >"$initrd/lib/modules/$(basename "$name" .xz)"
    basename "$name" .xz
  done < <(sed "s|^/work/root/lib|/work/root/usr/lib|" "$work/initrd.modules") >"$initrd/lib/modules/list"
  [ -s "$initrd/lib/modules/list" ] || { say "no modules for the initramfs"; cat "$work/initrd.log" >&2; exit 1; }
  find "$initrd" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  (cd "$initrd" && find . | LC_ALL=C sort | tool_cpio | xz --check=crc32 -6) >"$tree/initrd"
  cp "$work/kernel-files/usr/lib/modules/$kernel/vmlinuz" "$tree/vmlinuz"
  cp "$image/slot.cfg" "$tree/slot.cfg"
  copy_device_trees "$tree"
  rm -f "$work/boot.squashfs"
  # GRUB reads xz and lzo, not zstd.
  tool env -u SOURCE_DATE_EPOCH mksquashfs /work/boot /work/boot.squashfs -comp xz -quiet -no-progress -all-root \
    -all-time "$SOURCE_DATE_EPOCH" -mkfs-time "$SOURCE_DATE_EPOCH" -no-xattrs >>"$work/squashfs.log"
  cp "$work/boot.squashfs" "$out/boot.squashfs"
  say "boot slot: $(($(stat -c %s "$out/boot.squashfs") >> 20)) MiB, initramfs $(($(stat -c %s "$tree/initrd") >> 10)) KiB"
}

# copy_device_trees FOLDER: of the boards that the image is for, where firmware looks for them
copy_device_trees() {
  local from
  from=$work/kernel-files/usr/lib/modules/$(kernel_version)/dtb/rockchip
  mkdir -p "$1/dtb/rockchip"
  cp "$from"/rk3588*.dtb "$1/dtb/rockchip/"
  # EDK2 has another name for this board than the kernel.
  cp "$from/rk3588-rock-5b-plus.dtb" "$1/dtb/rockchip/rk3588-rock-5bp.dtb"
}

tool_cpio() { tool sh -c 'cd /work/initrd && cpio --quiet --create --format=newc --owner=0:0 --reproducible --ignore-devno --renumber-inodes'; }
