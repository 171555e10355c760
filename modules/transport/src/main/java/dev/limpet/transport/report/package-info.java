/**
 * Counts and logs what goes wrong: failures of clients' requests, faults of our own, and events
 * that clients can bring about at will. None of it floods the log. It knows nothing of loops and
 * channels. Start with {@link dev.limpet.transport.report.Faults}.
 */
@NullMarked
package dev.limpet.transport.report;

import org.jspecify.annotations.NullMarked;
