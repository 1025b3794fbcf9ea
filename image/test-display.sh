# Sourced by build.sh with TEST_PARTS=all: a display controller with two planes and a writeback connector for the guest
# (vkms, which Debian's kernel leaves out), and the program that compares what it shows with what the stage composes.

make_test_display() {
  local folder=$out/test-display kernel
  kernel=$(kernel_version)
  mkdir -p "$folder"
  [ "$(cat "$work/vkms/kernel" 2>/dev/null)" = "$kernel" ] || make_vkms "$kernel"
  tool /usr/bin/env CCACHE_DIR=/cache/ccache CCACHE_BASEDIR=/source CCACHE_NOHASHDIR=1 sh -ec '
    cmake -S /source -B /source/build/image-tests -DCMAKE_TOOLCHAIN_FILE=/source/image/arm64.cmake \
      -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DFEIMU_ADDONS=OFF -DFEIMU_TESTS=ON \
      -DFEIMU_FOLD_TABLES=/source/build/image-fold-tables.cpp
    cmake --build /source/build/image-tests --parallel "$(nproc)" --target stage_planes_test' >"$work/tests.log" 2>&1 ||
    { cat "$work/tests.log" >&2; exit 1; }
  cp "$root/build/image-tests/native/stage/stage_planes_test" "$folder/planes-test"
  tool aarch64-linux-gnu-strip --strip-debug -o /work/vkms/stripped.ko /work/vkms/module/vkms.ko
  cp "$work/vkms/stripped.ko" "$folder/vkms.ko"
}

# make_vkms KERNEL: from Debian's source of that kernel. Its headers and the programs that build modules lie in the tools'
# own root: they name each other by absolute paths.
make_vkms() (
  local kernel=$1 version=${1%-arm64} upstream
  upstream=$(sed -E 's/^([0-9]+\.[0-9]+).*/\1/' <<<"$kernel")
  rm -rf "$work/vkms"
  mkdir -p "$work/vkms"/{apt/lists/partial,module}
  cd "$work/vkms"
  sed -e "s|Dir::State::Lists \"[^\"]*\"|Dir::State::Lists \"$work/vkms/apt/lists\"|" \
    -e "s|Dir::Cache \"[^\"]*\"|Dir::Cache \"$work/vkms/apt\"|" -e "s/\"arm64\"/\"$(dpkg --print-architecture)\"/g" \
    "$work/apt/apt.conf" >apt.conf
  arm_apt get download "linux-source-$upstream" "linux-headers-$kernel" "linux-headers-$version-common" >"$work/vkms.log" 2>&1
  apt-get --config-file apt.conf update >>"$work/vkms.log" 2>&1
  apt-get --config-file apt.conf download "linux-kbuild-$version" >>"$work/vkms.log" 2>&1
  local package
  for package in linux-headers-*.deb linux-kbuild-*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar --extract --directory "$tools" --keep-directory-symlink --exclude=./usr/share
  done
  dpkg-deb --fsys-tarfile linux-source-*.deb | tar --extract --to-stdout "./usr/src/linux-source-$upstream.tar.xz" |
    tar --extract --xz --directory module --strip-components=5 "linux-source-$upstream/drivers/gpu/drm/vkms"
  tool make -C "/usr/src/linux-headers-$kernel" M=/work/vkms/module ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- \
    CONFIG_DRM_VKMS=m CONFIG_DEBUG_INFO_BTF_MODULES= modules >>"$work/vkms.log" 2>&1 || { cat "$work/vkms.log" >&2; exit 1; }
  rm -f ./*.deb
  echo "$kernel" >kernel
)
