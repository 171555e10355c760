@NullMarked
package dev.limpet.admin.live;

import org.jspecify.annotations.NullMarked;
