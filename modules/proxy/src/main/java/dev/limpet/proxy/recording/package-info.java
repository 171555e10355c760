/**
 * Each request as it goes: what is counted and timed of all of them, and told of single ones. Start
 * with {@link dev.limpet.proxy.recording.RequestRecording}, which is all that the request path sees
 * of it.
 */
@NullMarked
package dev.limpet.proxy.recording;

import org.jspecify.annotations.NullMarked;
