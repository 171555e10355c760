/**
 * The limits of what connections use of a node: memory, open files, the connections of one address.
 * Here it is counted; who is closed when something runs short is decided above. Start with {@link
 * dev.limpet.transport.limits.MemoryBudget}.
 */
@NullMarked
package dev.limpet.transport.limits;

import org.jspecify.annotations.NullMarked;
