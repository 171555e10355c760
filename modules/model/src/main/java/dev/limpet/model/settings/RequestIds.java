package dev.limpet.model.settings;

/**
 * The ids by which a request is found again in the logs of all that had to do with it.
 *
 * @param header of requests, and of the responses that tell of a failure
 * @param trust whose ids are kept; the requests of all others get new ones
 */
public record RequestIds(String header, Trust trust) {}
