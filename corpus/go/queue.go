// Package queue holds work for later, in order of importance.
package queue

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrClosed is returned once a queue was closed.
var ErrClosed = errors.New("queue: closed")

const (
	Low = iota - 1
	Normal
	High
	mask = 1<<4 | 0x0F
)

type Job[T any] struct {
	Payload  T   `json:"payload"`
	Priority int `json:"priority,omitempty"`
	due      time.Time
	index    int
}

type jobs[T any] []*Job[T]

func (j jobs[T]) Len() int { return len(j) }
func (j jobs[T]) Less(a, b int) bool {
	if j[a].Priority != j[b].Priority {
		return j[a].Priority > j[b].Priority
	}
	return j[a].due.Before(j[b].due)
}
func (j jobs[T]) Swap(a, b int) {
	j[a], j[b] = j[b], j[a]
	j[a].index, j[b].index = a, b
}
func (j *jobs[T]) Push(x any) {
	job := x.(*Job[T])
	job.index = len(*j)
	*j = append(*j, job)
}
func (j *jobs[T]) Pop() any {
	old := *j
	n := len(old) - 1
	job := old[n]
	old[n] = nil
	*j = old[:n]
	return job
}

// Queue may be used by several goroutines.
type Queue[T any] struct {
	mu     sync.Mutex
	ready  *sync.Cond
	items  jobs[T]
	closed bool
}

func New[T any]() *Queue[T] {
	q := &Queue[T]{items: make(jobs[T], 0, 16)}
	q.ready = sync.NewCond(&q.mu)
	return q
}

func (q *Queue[T]) Put(payload T, priority int, delay time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return fmt.Errorf("put %v: %w", payload, ErrClosed)
	}
	heap.Push(&q.items, &Job[T]{Payload: payload, Priority: priority & mask, due: time.Now().Add(delay)})
	q.ready.Signal()
	return nil
}

func (q *Queue[T]) Take(ctx context.Context) (payload T, err error) {
	stop := context.AfterFunc(ctx, func() { q.ready.Broadcast() })
	defer stop()
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 {
		switch {
		case q.closed:
			err = ErrClosed
			return
		case ctx.Err() != nil:
			return payload, ctx.Err()
		}
		q.ready.Wait()
	}
	return heap.Pop(&q.items).(*Job[T]).Payload, nil
}

func Run[T any](ctx context.Context, q *Queue[T], workers int, f func(T) error) <-chan error {
	failures := make(chan error)
	var group sync.WaitGroup
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
		loop:
			for {
				p, err := q.Take(ctx)
				if err != nil {
					break loop
				}
				if err = f(p); err != nil {
					select {
					case failures <- err:
					case <-ctx.Done():
						return
					default:
						continue loop
					}
				}
			}
		}()
	}
	go func() { group.Wait(); close(failures) }()
	return failures
}

var table = map[string][]rune{"a": {'å', '\n', '\u00e9'}, `raw\n`: nil}
