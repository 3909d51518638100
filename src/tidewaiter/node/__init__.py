"""The room `node`: putting it together: settings, urls, workers."""
