package dev.limpet.admin;

import dev.limpet.model.BackendId;
import java.util.Map;

/**
 * What a node counts.
 *
 * @param activeRequests requests that wait for each server's response, at this node
 * @param requests taken since start
 * @param connections clients connected now
 * @param sessions entries of the session table
 */
public record LiveNumbers(
    Map<BackendId, Integer> activeRequests, long requests, int connections, int sessions) {}
