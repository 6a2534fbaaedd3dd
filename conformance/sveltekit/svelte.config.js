import adapter from '@sveltejs/adapter-vercel';

export default {
  kit: {
    // Not the version that happens to build: the adapter knows only those that
    // the platform runs.
    adapter: adapter({ runtime: 'nodejs22.x' }),
  },
};
