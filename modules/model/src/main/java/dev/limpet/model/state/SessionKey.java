package dev.limpet.model.state;

/**
 * A session of one upstream: 128 bits that are as good as unique. For a cookie session they are
 * drawn at random when the cookie is made.
 */
public record SessionKey(long high, long low) {}
