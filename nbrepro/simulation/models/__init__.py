"""How a language model is reached: asked over the network, from a cache, or from recorded answers."""
