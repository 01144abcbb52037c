// Runs before the page is drawn, so that nobody who chose dark is dazzled first. Not a module: modules wait.
document.documentElement.dataset.theme = localStorage.getItem('tally-theme') ?? 'auto';
