#!/usr/bin/env bash
# Measures the product on a CUDA machine without network, in the folder that `npm run gpu:pack` packed. Needs CMake, a
# C++17 compiler and nvcc; everything else is in the folder. A second run goes on where the first one ended, for
# machines with a time limit.
#
#   gpu-bench.sh [--cpu] [--steps build,models,bench] [--shapes 0.5b,1.5b,7b] [--type q4_k_m] [--results DIR] [--jobs N]
#
# --cpu builds without CUDA and measures on the processor, to try the script where there is no GPU.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cuda=ON backend=cuda steps=build,models,bench shapes=1.5b,7b type=q4_k_m results=$here/results jobs=$(nproc) runs=2
while [ $# -gt 0 ]; do
  case $1 in
    --cpu) cuda=OFF backend=cpu; shift ;;
    --steps) steps=$2; shift 2 ;;
    --shapes) shapes=$2; shift 2 ;;
    --type) type=$2; shift 2 ;;
    --results) results=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    --runs) runs=$2; shift 2 ;;
    *) sed -n '2,8p' "$0" >&2; exit 2 ;;
  esac
done
cd "$here"
llama=$(echo .tools/llama.cpp-*)
release=${llama#.tools/llama.cpp-}
node=$here/bin/node
runtime=native/bin/linux-x64
wants() { case ",$steps," in *",$1,"*) true ;; *) false ;; esac; }

build() {
  local stamp=$llama/build/.made-$backend
  if [ ! -e "$stamp" ]; then
    local flags=(-DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON -DGGML_BACKEND_DL=ON -DGGML_NATIVE=OFF -DGGML_CUDA=$cuda
      -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF
      -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF)
    if [ $cuda = ON ]; then
      local capability
      capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -1 | tr -d '. ')
      flags+=("-DCMAKE_CUDA_ARCHITECTURES=${capability:?no GPU answers nvidia-smi; --cpu goes without}")
    fi
    cmake -S "$llama" -B "$llama/build" -Wno-dev "${flags[@]}"
    cmake --build "$llama/build" --parallel "$jobs" --target llama-server llama-bench
    touch "$stamp"
  fi
  local libraries=$llama/build/bin
  # The addon's build needs all headers in one folder.
  mkdir -p native/include "$runtime/gpu"
  cp "$llama"/ggml/include/*.h "$llama"/include/*.h "$llama"/src/llama-ext.h native/include/
  cmake -S native -B native/build -Wno-dev -DCMAKE_BUILD_TYPE=Release -DLLAMA_INCLUDE_DIR="$here/native/include" \
    -DLLAMA_LIBRARY_DIR="$here/$libraries" -DLLAMA_RELEASE="$release" \
    -DCMAKE_JS_INC="$here/node_modules/node-api-headers/include;$here/node_modules/node-addon-api"
  cmake --build native/build --parallel "$jobs"
  cp native/build/sqlahead.node "$runtime/"
  cp -L "$libraries"/lib{llama,ggml,ggml-base}.so* "$runtime/"
  cp -L "$libraries"/libggml-cpu*.so "$runtime/"
  [ $cuda = OFF ] || cp -L "$libraries"/libggml-cuda.so "$runtime/gpu/"
}

models() {
  mkdir -p models/random
  for shape in ${shapes//,/ }; do
    local file=models/random/qwen2.5-$shape-random-$type.gguf
    [ -e "$file" ] || "$node" out/bench/model/main.js --shape "qwen2.5-$shape" --type "$type" --out "$file"
  done
}

bench() {
  mkdir -p "$results"
  SQL_AHEAD_RUNTIME_DIR=$(mktemp -d)
  SQL_AHEAD_COMMIT=$(cat commit)
  export SQL_AHEAD_RUNTIME_DIR SQL_AHEAD_COMMIT
  local models=(models/starter/*.gguf)
  for shape in ${shapes//,/ }; do models+=("models/random/qwen2.5-$shape-random-$type.gguf"); done
  for model in "${models[@]}"; do
    local name
    name=$(basename "$model" .gguf)
    [ -e "$results/micro-$name.json" ] ||
      "$node" out/bench/micro/main.js --model "$model" --backend $backend --lengths 1024,8192 --out "$results/micro-$name.json"
    [ -e "$results/typing-$name.json" ] ||
      "$node" out/bench/typing/main.js --model "$model" --backend $backend --peers stateless,llama-server --runs "$runs" \
        --out "$results/typing-$name.json"
  done
  ls -l "$results"
}

for step in build models bench; do
  if wants $step; then
    echo "== $step"
    $step
  fi
done
