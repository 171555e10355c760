package dev.limpet.proxy;

import dev.limpet.model.BackendId;
import java.util.Map;

/**
 * Live numbers of this node's data plane.
 *
 * @param activeRequests requests that wait for each server's response
 * @param requests taken since start
 * @param connections clients connected now
 * @param accessLogDropped lines of the access log that were never written, since start
 */
public record ProxyStatus(
    Map<BackendId, Integer> activeRequests, long requests, int connections, long accessLogDropped) {}
