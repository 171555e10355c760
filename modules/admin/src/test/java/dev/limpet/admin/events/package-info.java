@NullMarked
package dev.limpet.admin.events;

import org.jspecify.annotations.NullMarked;
