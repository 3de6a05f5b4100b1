// The pinned llama.cpp release and the npm packages that carry it. Data only: to move to another release, change
// the version and every integrity value (`npm view <name>@<version> dist.integrity`), and nothing else.

/** llama.cpp's tag, and the version of the npm packages that were built from it. */
export const llamaRelease = 'v0.5.0';
export const packageVersion = '3.22.1';

/** Headers and full source, as a git bundle. */
export const sourcePackage = {
  name: 'node-llama-cpp',
  bundle: 'llama/gitRelease.bundle',
  integrity:
    'sha512-bltIipuWmc123H7tMIgDGKSsSrhmhlQYeVUC48XTjVW7XGJJiJJyCdlTMzQ/LiWoPkGDpcL4FviDpgw7qfTiDw==',
};

/**
 * Runtime libraries by target. `base` links the addon and holds the CPU plugins; the others add one GPU plugin
 * each. `bundled` backends are staged whenever they can be had; the rest on `--with <backend>`.
 * A package without an integrity value is refused until its value is entered here.
 */
export const targets = {
  'linux-x64': {
    base: {
      name: '@node-llama-cpp/linux-x64',
      integrity:
        'sha512-5uCCDNqWCNfaAm8aR/Uzxbo4HBpKgNF91kCHPepKhgMgV2OAmatoefbOlMihsqCiH2Od35E/eUHQCFbfRBJuOg==',
    },
    bundled: ['vulkan'],
    vulkan: [
      {
        name: '@node-llama-cpp/linux-x64-vulkan',
        integrity:
          'sha512-bBxqU+JOcBu1nb5Qj2zcMci+JByT1E8EajHvYodyNfVIPkEhXh+/HMwR1/BT7xP08YK0hks+kM8fglER0P8JEg==',
      },
    ],
    cuda: [
      {
        name: '@node-llama-cpp/linux-x64-cuda',
        integrity:
          'sha512-8rQCjyNNLZJUFit+YpjwlC4hwkKgOMIkB2wuycKBf8NU2O3ySKbiWZQ8aw9ku2nUTXjSnUIrE6KB88itduTBuA==',
      },
      {
        name: '@node-llama-cpp/linux-x64-cuda-ext',
        integrity:
          'sha512-4e5ajkiM2aR2WAdB/N/ACk4weEhHvOAIrzxZPsIX0xDFW5+6hhShuy1/vs88SK9NGdgAco9IyE28eYS0H1efpA==',
      },
    ],
  },
  'linux-arm64': {
    base: {
      name: '@node-llama-cpp/linux-arm64',
      integrity:
        'sha512-W+7naKCXX9/eEjjFmRS8vvx91QyLXDbeFxexZc3bh/PtQABZgmRL3C0AtYYXn4YGTj/3Qor4lWZn2tpjZFPLdQ==',
    },
    bundled: [],
  },
  'darwin-arm64': { base: { name: '@node-llama-cpp/mac-arm64-metal' }, bundled: [] },
  'darwin-x64': { base: { name: '@node-llama-cpp/mac-x64' }, bundled: [] },
  'win32-x64': {
    base: { name: '@node-llama-cpp/win-x64' },
    bundled: ['vulkan'],
    vulkan: [{ name: '@node-llama-cpp/win-x64-vulkan' }],
    cuda: [{ name: '@node-llama-cpp/win-x64-cuda' }, { name: '@node-llama-cpp/win-x64-cuda-ext' }],
  },
  'win32-arm64': { base: { name: '@node-llama-cpp/win-arm64' }, bundled: [] },
};
