@NullMarked
package dev.limpet.admin.peers;

import org.jspecify.annotations.NullMarked;
